"""Fits, profiles, intervals, limits, toys and scans."""

from jaxflav.inference.covariance import covariance as covariance
from jaxflav.inference.diagnostics import (
    read_chains as read_chains,
    summarise as summarise,
    write_chains as write_chains,
)
from jaxflav.inference.feldman_cousins import feldman_cousins as feldman_cousins
from jaxflav.inference.fit import Fit as Fit, fit as fit
from jaxflav.inference.global_fit import global_fit as global_fit
from jaxflav.inference.goodness_of_fit import goodness_of_fit as goodness_of_fit
from jaxflav.inference.impacts import impacts as impacts
from jaxflav.inference.implicit import (
    best_parameters as best_parameters,
    profiled_log_likelihood as profiled_log_likelihood,
)
from jaxflav.inference.limits import toy_upper_limit as toy_upper_limit, upper_limit as upper_limit
from jaxflav.inference.look_elsewhere import look_elsewhere as look_elsewhere
from jaxflav.inference.mass_scan import BestMass as BestMass, MassScan as MassScan, scan_masses as scan_masses
from jaxflav.inference.minuit import fit_with_minuit as fit_with_minuit
from jaxflav.inference.modes import find_modes as find_modes
from jaxflav.inference.nuts import Settings as Settings, sample as sample
from jaxflav.inference.plane import contours as contours, profile_plane as profile_plane
from jaxflav.inference.posterior import define_posterior as define_posterior
from jaxflav.inference.priors import make_prior as make_prior
from jaxflav.inference.problem import Problem as Problem, define_problem as define_problem
from jaxflav.inference.scans import define_scan as define_scan, run_scan as run_scan
from jaxflav.inference.signal_strength import (
    SignalStrength as SignalStrength,
    fit_signal_strength as fit_signal_strength,
)
from jaxflav.inference.toys import sample_toys as sample_toys, significance as significance
