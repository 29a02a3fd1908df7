"""jaxflav: differentiable likelihoods for light new physics in B -> K(*) + missing energy.

``load`` makes a problem of experiments and a hypothesis; ``predict``, ``log_likelihood``, ``fit``, ``profile``,
``upper_limit``, ``sample``, ``scan`` and ``compare`` answer questions about it. Deeper imports stay for experts.
Names are in ``__init__.pyi``, and imported when they are asked for.
"""

from importlib.metadata import version as _version

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__version__ = _version("jaxflav")
