"""What ``jaxflav`` holds; each module is imported when something of it is asked for."""

from .hypotheses.user import hypothesis as hypothesis
from .inputs.references import cite as cite
from .interfaces.wcxf import read_wcxf as read_wcxf
from .numerics.precision import enable_x64 as enable_x64
from .tasks.comparison import Comparison as Comparison, compare as compare
from .tasks.evaluation import Prediction as Prediction, log_likelihood as log_likelihood, predict as predict
from .tasks.fitting import FitResult as FitResult, fit as fit
from .tasks.limits import LimitResult as LimitResult, upper_limit as upper_limit
from .tasks.loading import load as load
from .tasks.problem import LoadedProblem as LoadedProblem
from .tasks.profiles import ProfileResult as ProfileResult, profile as profile
from .tasks.result import Quantity as Quantity
from .tasks.sampling import Draws as Draws, sample as sample
from .tasks.scans import ScanResult as ScanResult, scan as scan

__version__: str
