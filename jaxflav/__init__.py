"""jaxflav: differentiable likelihoods for light new physics in B -> K(*) + missing energy."""

from importlib.metadata import version as _version

from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.inputs.references import cite
from jaxflav.interfaces.wcxf import read_wcxf

__all__ = ["Parameters", "cite", "load_parameters", "read_wcxf"]
__version__ = _version("jaxflav")
