"""jaxflav: differentiable likelihoods for light new physics in B -> K(*) + missing energy.

``load`` makes a problem of experiments and a hypothesis; ``predict``, ``log_likelihood``, ``fit``, ``profile``,
``upper_limit``, ``sample``, ``scan`` and ``compare`` answer questions about it. Deeper imports stay for experts.
"""

from importlib.metadata import version as _version

from jaxflav.hypotheses.user import hypothesis
from jaxflav.inputs.references import cite
from jaxflav.interfaces.wcxf import read_wcxf
from jaxflav.numerics.precision import enable_x64
from jaxflav.tasks.comparison import Comparison, compare
from jaxflav.tasks.evaluation import Prediction, log_likelihood, predict
from jaxflav.tasks.fitting import FitResult, fit
from jaxflav.tasks.limits import LimitResult, upper_limit
from jaxflav.tasks.loading import load
from jaxflav.tasks.problem import LoadedProblem
from jaxflav.tasks.profiles import ProfileResult, profile
from jaxflav.tasks.result import Quantity
from jaxflav.tasks.sampling import Draws, sample
from jaxflav.tasks.scans import ScanResult, scan

__all__ = [
    "Comparison",
    "Draws",
    "FitResult",
    "LimitResult",
    "LoadedProblem",
    "Prediction",
    "ProfileResult",
    "Quantity",
    "ScanResult",
    "cite",
    "compare",
    "enable_x64",
    "fit",
    "hypothesis",
    "load",
    "log_likelihood",
    "predict",
    "profile",
    "read_wcxf",
    "sample",
    "scan",
    "upper_limit",
]
__version__ = _version("jaxflav")
