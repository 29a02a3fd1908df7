"""Upper limits at 90 % on single couplings from K* and B_s data, beside those of arXiv:2403.13887 (Sect. IV).

Ours are profile likelihoods in the rate of one coupling, the others 0 unless stated: the values where -2 ln L has risen
by 1.64 and 2.71 above its minimum (one-sided 90 % and 95 %; 2.71 is also the end of the central 90 % interval), and
CLs at 90 %. The paper does not say which rise it takes.
"""

import jax.numpy as jnp
import numpy as np

from jaxflav.couplings.families import make_couplings
from jaxflav.experiments.combination import combine, load_experiments, predictable
from jaxflav.hypotheses.rate import Strength, direction_of
from jaxflav.hypotheses.text import hypothesis_of
from jaxflav.inference.favoured import coupling_problem
from jaxflav.inference.limits import upper_limit
from jaxflav.inference.problem import define_problem, fit_held
from jaxflav.inference.profile import interval
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.likelihood import at_context
from jaxflav.numerics.precision import enable_x64
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENTS
from jaxflav.tasks.form_factors import form_factors_of

LEVELS = (1.64, 2.71)
SETS = {"BaBar": ("babar-2013",), "ALEPH": ("aleph-bs-invisible",), "all": DEFAULT_EXPERIMENTS}
# family, masses of one particle in GeV and published limits by coupling, and the data to take
CASES = (
    ("scalar", {"g_P": (2.1, 2.5e-8)}, ("BaBar", "all")),
    ("scalar-pair", {"g_AV": (0.38, 7.2)}, ("BaBar", "all")),
    ("scalar-pair", {"g_PS": (0.52, 2.1e-3)}, ("BaBar", "ALEPH", "all")),
    ("fermion-pair", {"f_AV": (0.6, 2.8), "f_AA": (0.6, 3.0)}, ("BaBar", "all")),
    ("fermion-pair", {"f_AA": (0.6, 13.8)}, ("ALEPH",)),
    ("vector", {"h_A": (2.1, 7.6e-9)}, ("BaBar",)),
)
H_V = 7.1e-9  # best value of the paper, at which it quotes the limit on h_A


def line(coupling, mass, data, published, found):
    """One row of the table."""
    values = "".join(f"{value:12.3g}" for value in found)
    ratio = f"{found[0] / published:8.2f}{found[1] / published:8.2f}" if published else ""
    print(f"{coupling:18}{mass:6.2f}  {data:8}{published:12.3g}{values}{ratio}", flush=True)


def single_couplings(family, limits, data, parameters, sets):
    """Limits on couplings of one family from one set of data."""
    experiments, _ = predictable(load_experiments(SETS[data]), {one.process: one for one in sets})
    for name, (mass, published) in limits.items():
        direction = direction_of(make_couplings(family, {name: 1.0}))
        one = at_context(combine(experiments, parameters, sets, Strength(direction)), jnp.asarray(mass))
        problem = define_problem(one, held={"mu": 1.0})
        rises = [interval(problem, "strength", level).high for level in LEVELS]
        found = np.sqrt([*rises, upper_limit(problem, "strength", 0.90).observed])
        line(name, mass, data, published, found)


def beside_best_vector(parameters, sets, data, mass, published):
    """Limit on h_A with h_V held."""
    experiments, _ = predictable(load_experiments(SETS[data]), {one.process: one for one in sets})
    problem = coupling_problem(experiments, parameters, sets, hypothesis_of("vector", ["h_V", "h_A"]), mass)
    h_A = published * np.linspace(0, 3, 301)
    fits = fit_held(problem, ["h_V", "h_A"], np.stack([np.full(h_A.shape, H_V), h_A], axis=1))
    q = 2 * (fits.log_likelihood.max() - fits.log_likelihood)
    k = int(np.argmin(q))
    line("h_A (h_V = 7.1e-9)", mass, data, published, [float(np.interp(x, q[k:], h_A[k:])) for x in LEVELS])


def main():
    enable_x64()
    parameters, sets = load_parameters(), form_factors_of([])
    print("coupling          m [GeV] data      published     +1.64       +2.71    CLs 90 %   ratios to published")
    for family, limits, data in CASES:
        for one in data:
            if family == "vector":
                beside_best_vector(parameters, sets, one, *limits["h_A"])
            else:
                single_couplings(family, limits, one, parameters, sets)


if __name__ == "__main__":
    main()
