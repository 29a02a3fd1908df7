import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxflav.experiments.combination import combine
from jaxflav.experiments.folding import fold_signs, free_signs
from jaxflav.experiments.loading import load_experiments
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.likelihood import log_likelihood
from tests.helpers import ROUNDING


@pytest.fixture(scope="module")
def likelihood_of():
    """Of one small search for B+ -> K+ and B0 -> K*0, by family and couplings."""
    inputs, experiments = load_parameters(), load_experiments(["babar-2013:K+,K*0"])
    sets = [load_form_factors("GRvDV2023"), load_form_factors("GRvDV2023", "B -> K*")]
    return lambda family, names: combine(experiments, inputs, sets, hypothesis_of(family, names))


def change(likelihood, **flipped):
    """Change of ln L at 0.5 GeV where some couplings change their signs, values being typical."""
    at = jax.jit(lambda x: log_likelihood(likelihood, x, jnp.asarray(0.5)))
    start = likelihood.start
    index = np.array([likelihood.index(name) for name in flipped])
    return float(at(start.at[index].multiply(-1.0)) - at(start)), abs(float(at(start)))


def test_vectors_and_tensors_interfere(likelihood_of):
    likelihood = likelihood_of("fermion-pair", ["f_VV", "f_TT", "f_AV"])
    assert free_signs(likelihood) == ("f_VV", "f_AV")
    assert free_signs(likelihood, ["f_TT"]) == ("f_AV",)
    folded = fold_signs(likelihood)
    lower = {name: float(folded.lower[folded.index(name)]) for name in ("mu", "f_VV", "f_TT", "f_AV")}
    assert lower == {"mu": 0.0, "f_VV": 0.0, "f_TT": -np.inf, "f_AV": 0.0}
    # that is what the likelihood says
    for flipped in (("f_AV",), ("f_VV", "f_TT")):
        difference, size = change(likelihood, **dict.fromkeys(flipped))
        assert abs(difference) < 100 * ROUNDING * size
    assert abs(change(likelihood, f_TT=None)[0]) > 1e-3


def test_coefficients_of_neutrinos_beside_the_standard_model(likelihood_of):
    assert free_signs(likelihood_of("neutrinos", ["cVR", "cSL"])) == ("cSL",)
    assert free_signs(likelihood_of("neutrinos", ["cVL", "cVR"])) == ("cVL",)
