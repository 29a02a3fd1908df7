"""Poisson likelihoods with constrained nuisance parameters."""

from jaxflav.likelihood.histfactory import HistFactory as HistFactory, build_histfactory as build_histfactory
from jaxflav.likelihood.likelihood import (
    Likelihood as Likelihood,
    NoSignal as NoSignal,
    expected as expected,
    log_likelihood as log_likelihood,
)
from jaxflav.likelihood.pyhf_json import parse_workspace as parse_workspace, read_workspace as read_workspace
from jaxflav.likelihood.recast import recast_likelihood as recast_likelihood
