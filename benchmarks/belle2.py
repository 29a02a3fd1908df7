"""The Belle II likelihood, in jaxflav and in pyhf, for the benchmarks."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal

WORKSPACE = Path(__file__).parents[1] / "tests" / "data" / "hepdata_166082" / "combined_likelihood.json"


def published():
    """The likelihood as published, in jaxflav."""
    return Likelihood(build_histfactory(load_analysis("belle2-2025").tables), NoSignal())


def two_body():
    """The likelihood with a new particle, in jaxflav."""
    return one_experiment(
        load_analysis("belle2-2025"),
        load_parameters(),
        load_form_factors("HPQCD2022+FLAG2021"),
        BranchingFraction("B+ -> K+"),
    )


def in_pyhf(optimizer):
    """The same likelihood in pyhf with its JAX backend: model, data."""
    import pyhf  # here, so that benchmarks without a rival do without it

    pyhf.set_backend("jax", optimizer, precision="64b")
    workspace = pyhf.Workspace(json.loads(WORKSPACE.read_text()))
    model = workspace.model()
    return model, jnp.asarray(workspace.data(model))


def random_points(likelihood, n, seed=1):
    """Points (n, p) near the start."""
    rng = np.random.default_rng(seed)
    return jnp.asarray(np.array(likelihood.start) + 0.05 * rng.normal(size=(n, len(likelihood.parameter_names))))
