import dataclasses

import numpy as np
import pyhf
import pytest

from jaxflav.inference.profiling.signal_strength import fit_signal_strength
from jaxflav.io.errors import InputError
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal


@pytest.fixture(scope="module")
def strength(published):
    return fit_signal_strength(published)


def test_published_numbers(strength):
    """Belle II, arXiv:2311.14647: mu = 4.6 +- 1.3; 3.5 sigma over background, 2.7 over the Standard Model."""
    assert round(strength.mu, 1) == 4.6
    assert round(strength.mu_error, 1) == 1.3
    assert round(np.sqrt(strength.q0), 1) == 3.5
    assert round(np.sqrt(strength.q1), 1) == 2.7


def test_minimum_is_not_above_that_of_pyhf(strength):
    import json
    from pathlib import Path

    import jax

    path = Path(__file__).parents[2] / "data" / "hepdata_166082" / "combined_likelihood.json"
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        pyhf.set_backend("jax", pyhf.optimize.scipy_optimizer(), precision="64b")
        workspace = pyhf.Workspace(json.loads(path.read_text()))
        model = workspace.model()
        best, twice_nll = pyhf.infer.mle.fit(workspace.data(model), model, return_fitted_val=True)
    theirs = -float(twice_nll) / 2
    assert strength.log_likelihood > theirs - 1e-9
    assert strength.log_likelihood - theirs < 1e-3
    np.testing.assert_allclose(strength.mu, float(best[model.config.poi_index]), atol=0.02)


def test_interval_around_the_best_value(strength):
    low, high = strength.interval_68
    np.testing.assert_allclose([strength.mu - low, high - strength.mu], strength.mu_error, rtol=0.05)


def test_no_parameter_of_interest(belle2):
    tables = dataclasses.replace(belle2.tables, poi="")
    with pytest.raises(InputError, match="no parameter of interest"):
        fit_signal_strength(Likelihood(build_histfactory(tables), NoSignal()))
