"""What fine bins of q2_rec would gain for a two-body line, over the public 3 x 4 bins of q2_rec and BDT.

Expected 95 % limits on BR(B+ -> K+ X) of the inclusive tag of Belle II, 1.64/sqrt(s V^-1 s) with s the yields of a unit
branching fraction and V the covariance of the expected counts (Poisson, with or without the systematic errors of the
public likelihood, its off-resonance data included). Signal in fine bins: the public efficiency of each BDT bin, summed
over q2_rec, times the box kernel. Background in fine bins: the public yields and errors of each bin, spread by one of
three shapes, none of which is published:

flat       constant inside each public bin;
monotone   derivative of the monotone cubic spline through the cumulative yields;
rising     as flat, but rising from 0 at the lower end of the first bin.

The ratio to look at is public/fine, which arXiv:2606.20525 finds to be up to four for masses near 0.
"""

import jax.numpy as jnp
import numpy as np
from scipy.interpolate import PchipInterpolator

from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.likelihood import at_context, linearise
from jaxflav.numerics.precision import enable_x64
from jaxflav.response.efficiency import efficiency
from jaxflav.response.kernels import InclusiveTagSmearing, bin_shares

EDGES = np.array([-1.0, 4.0, 8.0, 23.0])  # public edges; kaons at rest end at 23.0, below the public 25
SHAPES = ("flat", "monotone", "rising")
WIDTH = 0.25
MASSES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
N_BDT, N_Q2 = 4, 3


def public(parameters):
    """Expected counts (12,) of the Standard Model, covariance of their systematic errors, efficiency of a mass."""
    analysis = load_analysis("belle2-2025-ita")
    likelihood = one_experiment(
        analysis, parameters, load_form_factors("HPQCD2022+FLAG2021"), BranchingFraction("B+ -> K+")
    )
    model, k = likelihood.model, likelihood.n_signal
    prepared = at_context(likelihood, jnp.asarray(1.0))
    at = linearise(prepared, likelihood.start)
    rows, dense, local = (np.asarray(a) for a in (at.expected, at.dense, at.local))
    on = np.asarray(model.signal_bin)
    off = np.setdiff1d(np.arange(model.n_bins), on)
    width = np.where(np.asarray(model.normal), np.asarray(model.width), np.inf)[: model.n_dense]
    precision = np.concatenate([np.ones(k - 2), width**-2])
    dense = dense[:, 2:]
    assert np.all((precision > 0) | np.all(dense == 0, axis=0)), "every parameter has a constraint"
    used = precision > 0
    information = np.diag(precision[used]) + (dense[off][:, used].T / rows[off]) @ dense[off][:, used]
    index = np.asarray(model.local_index)
    sigma = np.append(np.where(np.asarray(model.normal), np.asarray(model.width), 0.0), 0.0)
    simulated = np.sum((local * sigma[index]) ** 2, axis=1)[on]
    systematic = dense[on][:, used] @ np.linalg.solve(information, dense[on][:, used].T) + np.diag(simulated)
    return rows[on], systematic, analysis.response()


def spread(counts, edges, shape):
    """Shares (fine, 12) of each public bin that fall into the fine bins of its BDT row, rows one after the other."""
    n = len(edges) - 1
    shares = np.zeros((N_BDT, n, N_BDT, N_Q2))
    for row in range(N_BDT):
        cumulative = np.append(0.0, np.cumsum(counts.reshape(N_BDT, N_Q2)[row]))
        smooth = shape == "monotone"
        fine = PchipInterpolator(EDGES, cumulative)(edges) if smooth else np.interp(edges, EDGES, cumulative)
        if shape == "rising":
            inside = edges < EDGES[1]
            fine[inside] = cumulative[1] * ((edges[inside] - EDGES[0]) / (EDGES[1] - EDGES[0])) ** 2
        for j in range(N_Q2):
            part = np.where((edges[:-1] >= EDGES[j] - 1e-9) & (edges[1:] <= EDGES[j + 1] + 1e-9), np.diff(fine), 0.0)
            shares[row, :, row, j] = part / part.sum()
    return shares.reshape(N_BDT * n, N_BDT * N_Q2)


def limit(signal, counts, systematic):
    """Expected 95 % limit on the branching fraction."""
    covariance = np.diag(counts) + systematic
    return 1.645 / np.sqrt(signal @ np.linalg.solve(covariance, signal))


def main():
    enable_x64()
    parameters = load_parameters()
    counts, systematic, response = public(parameters)
    order = np.roll(np.arange(12), 3)  # the channel of the lowest BDT bin comes last in the likelihood
    counts, systematic = counts[order], systematic[np.ix_(order, order)]
    edges = np.arange(EDGES[0], EDGES[-1] + WIDTH / 2, WIDTH)
    n = len(edges) - 1
    m_B, m_K = (float(parameters[name]) for name in ("m_Bplus", "m_Kplus"))
    kernel = InclusiveTagSmearing(10.579, m_B, m_K)
    merge = np.tile(np.eye(n), (1, N_BDT))
    purest = np.eye(N_BDT * n)[(N_BDT - 1) * n :]
    layouts = {"fine x 4 BDT": np.eye(N_BDT * n), "fine, BDT > 0.92": merge, "fine, BDT > 0.98": purest}
    print(f"{'':34}" + "".join(f"m = {m:<6g}" for m in MASSES) + "(GeV)")
    for errors in ("statistical", "systematic"):
        c = systematic if errors == "systematic" else np.zeros_like(systematic)
        signals = [np.asarray(efficiency(response, jnp.asarray([m**2])))[order, 0] for m in MASSES]
        base = [limit(s, counts, c) for s in signals]
        print(f"{errors:12}{'public 3 x 4, 1e-6':22}" + "".join(f"{1e6 * x:10.2f}" for x in base))
        for shape in SHAPES:
            t = spread(counts, edges, shape)
            for name, layout in layouts.items():
                ratios = []
                for m, s, x in zip(MASSES, signals, base, strict=True):
                    box = np.asarray(bin_shares(kernel, jnp.asarray(edges), jnp.asarray([m**2])))[:, 0]
                    fine = np.outer(s.reshape(N_BDT, N_Q2).sum(axis=1), box / box.sum()).ravel()
                    mapped = layout @ t
                    ratios.append(x / limit(layout @ fine, mapped @ counts, mapped @ c @ mapped.T))
                print(f"{shape:12}{name:22}" + "".join(f"{r:10.2f}" for r in ratios))


if __name__ == "__main__":
    main()
