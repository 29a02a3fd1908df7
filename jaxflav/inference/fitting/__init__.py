"""Best fits of one problem or of many.

The maximum-likelihood fit is in ``fisher_scoring``, one step of it in ``step`` with the linear algebra of ``solves``,
the check that it ends at a maximum in ``maximum``, its result and status in ``result``. ``problem`` holds what is
fitted (parameters held, other data), ``batch`` fits many points at once, ``many_starts`` looks for the global minimum,
``covariance`` has the Hesse matrix, ``derivatives`` the implicit function theorem at the best fit, ``masses`` the mass
as an axis, ``devices`` the GPUs, ``numbers`` the check that results are numbers, and ``minuit`` the rival.
"""
