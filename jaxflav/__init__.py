"""jaxflav: differentiable likelihoods for light new physics in B -> K(*) + missing energy."""

from importlib.metadata import version as _version

from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.inputs.references import cite

__all__ = ["Parameters", "cite", "load_parameters"]
__version__ = _version("jaxflav")
