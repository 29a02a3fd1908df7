"""The fit of three Wilson coefficients to Belle II, 8 form-factor and 228 nuisance parameters, with covariance.

The published analysis (redist + EOS + Minuit) needs about 190 s; it is not run here.
"""

import statistics
import time

import jax
import numpy as np

from benchmarks import harness
from jaxflav.experiments import load_analysis, one_experiment
from jaxflav.form_factors import load_form_factors
from jaxflav.hypotheses.neutrinos import neutrino_hypothesis
from jaxflav.inference.fitting.covariance import covariance
from jaxflav.inference.fitting.fisher_scoring import fit
from jaxflav.inputs.parameters import load_parameters
from jaxflav.numerics.precision import enable_x64

ROUNDS = 15


def main():
    enable_x64()
    harness.header()
    form_factors = load_form_factors("HPQCD2022+FLAG2021")
    likelihood = one_experiment(load_analysis("belle2-2025"), load_parameters(), form_factors, neutrino_hypothesis())
    jitted = jax.jit(fit)

    def work():
        best = jitted(likelihood)
        return best, covariance(likelihood, best.parameters)

    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        best, matrix = work()
        times.append(time.perf_counter() - start)
    assert best.converged
    errors = np.sqrt(np.diag(matrix))[:3]
    for name, value, error in zip(likelihood.parameter_names[:3], best.parameters[:3], errors, strict=True):
        print(f"{name:14s} {value:6.2f} +- {error:.2f}")
    print(f"fit with covariance {statistics.median(times) * 1e3:.1f} ms after compilation (asked for: 100)")


if __name__ == "__main__":
    main()
