"""What the smoothing of the efficiency does to the mass scan: against the raw histogram, and stronger smoothing."""

import dataclasses
from itertools import pairwise

import jax.numpy as jnp
import numpy as np

from benchmarks import belle2
from jaxflav.experiments.analysis import load_analysis
from jaxflav.numerics.precision import enable_x64
from jaxflav.numerics.splines import uniform_basis
from jaxflav.response import smoothing
from jaxflav.response.efficiency import build_efficiency
from jaxflav.studies.mass_scan import scan_masses

MASSES = np.linspace(0.0, 4.7, 189)


def interpolated(analysis):
    """Efficiencies whose logarithm interpolates the raw histogram at the bin centres (empty bins held at one event)."""
    edges = analysis.density.q2_edges
    centres, n = (edges[1:] + edges[:-1]) / 2, len(edges) - 1
    rates = np.array([analysis.simulated(np.linspace(a, b, 9)).mean() * (b - a) for a, b in pairwise(edges)])
    floor = np.array([smoothing.effective_weight(row) for row in analysis.density.yields])[:, None]
    target = np.log(np.maximum(analysis.density.yields, floor) / np.maximum(rates, rates.max() * 1e-6))
    basis = uniform_basis(centres, edges[0], edges[-1], n)
    ridge = 1e-9 * np.eye(n + 3)
    return np.linalg.solve(basis.T @ basis + ridge, basis.T @ target.T).T


def main():
    enable_x64()
    analysis, likelihood = load_analysis("belle2-2025"), belle2.two_body()
    standard = likelihood.signal.forms[0].responses[0]
    stronger = []
    chosen = smoothing.PENALTIES
    for factor in (10.0, 100.0):
        rows = []
        for row, nominal, penalty in zip(analysis.density.yields, analysis.nominal, standard.penalties, strict=True):
            smoothing.PENALTIES = np.array([penalty * factor])
            density = dataclasses.replace(analysis.density, yields=row[None], unmatched=np.zeros(1))
            rows.append(build_efficiency(density, analysis.simulated, np.array([nominal])).log_coefficients[0])
        stronger.append((f"penalty x {factor:g}", jnp.stack(rows)))
    smoothing.PENALTIES = chosen
    variants = [
        ("standard", standard.log_coefficients),
        *stronger,
        ("raw histogram", jnp.asarray(interpolated(analysis))),
    ]
    print(f"{'efficiency':16s} {'m_X [GeV]':>10s} {'68 %':>16s} {'BR [1e-6]':>10s} {'t_min':>8s} {'max |dt|':>9s}")
    reference = None
    for name, coefficients in variants:
        response = dataclasses.replace(standard, log_coefficients=coefficients)
        varied = dataclasses.replace(likelihood, signal=dataclasses.replace(likelihood.signal, response=response))
        scan = scan_masses(varied, MASSES)
        reference = scan.t if reference is None else reference
        b = scan.best
        print(
            f"{name:16s} {b.mass:10.3f} {b.interval_68[0]:8.3f}{b.interval_68[1]:8.3f} "
            f"{b.branching_fraction * 1e6:10.2f} {b.t:8.2f} {np.nanmax(np.abs(scan.t - reference)):9.2f}"
        )


if __name__ == "__main__":
    main()
