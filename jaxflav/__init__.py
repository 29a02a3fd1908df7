"""jaxflav: differentiable likelihoods for light new physics in B -> K(*) + missing energy."""

from importlib.metadata import version as _version

__version__ = _version("jaxflav")
