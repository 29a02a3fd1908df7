"""What a scan over the mass says: the couplings, the summary, the table, the JSON object."""

from collections.abc import Iterator

import jax
import numpy as np

from jaxflav.experiments.analysis import Analysis
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import Likelihood
from jaxflav.rates.branching_fractions import coupling_from_branching_fraction
from jaxflav.studies.mass_scan import BRANCHING_FRACTION, MassScan
from jaxflav.tasks.defaults import SCALE

COUPLINGS = ("g_S", "h_V", "h_T")


def couplings_of(
    scan: MassScan, n_theory: int, parameters: Parameters, form_factors: FormFactorSet, analysis: Analysis
) -> dict[str, np.ndarray]:
    """Moduli of g_S, h_V and h_T (with Lambda = 10 TeV), one at a time, that give the best branching fractions.

    The form factors are those of each fit. NaN where there is no result, or no coupling gives the branching fraction.
    """
    nuisances = scan.parameters[:, 2 : 2 + n_theory]

    def one(name):
        def at(nuisance, mass, branching):
            return coupling_from_branching_fraction(
                name, parameters, form_factors, nuisance, mass, branching, analysis.decay, scale=SCALE
            )

        values = np.asarray(jax.jit(jax.vmap(at))(nuisances, scan.mass, np.nan_to_num(scan.branching_fraction)))
        return np.where(scan.converged & np.isfinite(values), values, np.nan)

    return {name: one(name) for name in COUPLINGS}


def result_of(scan: MassScan, couplings: dict[str, np.ndarray]) -> dict:
    """Content of the JSON object."""
    best = None
    if scan.best is not None:
        best = {
            "mass": scan.best.mass,
            "interval_68": scan.best.interval_68,
            "interval_closed": scan.best.interval_closed,
            "t": scan.best.t,
            "significance": scan.best.significance,
            scan.parameter: scan.best.value,
            f"{scan.parameter}_interval_68": scan.best.value_interval_68,
        }
    return {
        "mass": scan.mass,
        "t": scan.t,
        scan.parameter: scan.value,
        "couplings": couplings,
        "converged": scan.converged,
        "status": scan.status,
        "t_rescaled_sm": scan.t_rescaled_sm,
        "mu_rescaled_sm": scan.mu_rescaled_sm,
        "best": best,
    }


def _range(best, interval, scale=1.0, digits=2):
    up, down = ((interval[1] - best) * scale, (best - interval[0]) * scale)
    return f"{best * scale:.{digits}f} +{up:.{digits}f} -{down:.{digits}f}"


def summary_of(scan: MassScan, coupling: str | None = None) -> list[str]:
    """The answer in a few lines; a coupling is given where its square was scanned, and no branching fraction."""
    lines = []
    if scan.best is not None:
        b = scan.best
        if coupling is None:
            size = f"branching fraction   BR(B -> K X) = ({_range(b.value, b.value_interval_68, 1e6)})e-6"
        else:
            best, (low, high) = np.sqrt(b.value), np.sqrt(b.value_interval_68)
            size = f"coupling             |{coupling}| = {best:.3g} +{high - best:.2g} -{best - low:.2g}"
        mass = _range(b.mass, b.interval_68)
        ends = [name for name, closed in zip(("lower", "upper"), b.interval_closed, strict=True) if not closed]
        note = f"  (68 % interval open at the {' and '.join(ends)} end of the scan)" if ends else ""
        lines += [
            f"best mass            m_X = {mass} GeV{note}",
            size,
            f"significance         {b.significance:.2f} sigma over the Standard Model (local), t = {b.t:.2f}",
        ]
    lines.append(f"rescaled SM          t = {scan.t_rescaled_sm:.2f} with mu = {scan.mu_rescaled_sm:.2f}")
    failed = [s for s, ok in zip(scan.status, scan.converged, strict=True) if not ok]
    lines += [f"{failed.count(reason)} of {len(scan.mass)} masses {reason}" for reason in sorted(set(failed))]
    return lines


def table_of(scan: MassScan, couplings: dict[str, np.ndarray]) -> Iterator[str]:
    """Lines of the table of masses."""
    branching = scan.parameter == BRANCHING_FRACTION
    yield "  m_X [GeV]        t" + branching * "   BR [1e-6]" + "".join(f"{name:>12}" for name in couplings)
    for i, mass in enumerate(scan.mass):
        if not scan.converged[i]:
            yield f"{mass:11.4f}  {scan.status[i]}"
            continue
        values = "".join(f"{c[i]:12.3e}" if np.isfinite(c[i]) else f"{'-':>12}" for c in couplings.values())
        yield f"{mass:11.4f} {scan.t[i]:8.3f}" + (f" {scan.value[i] * 1e6:11.3f}" if branching else "") + values


def pair_coupling_of(scan: MassScan, likelihood: Likelihood, name: str) -> dict[str, np.ndarray]:
    """Modulus of the coupling of a pair (Lambda = 10 TeV) that gives the best branching fractions."""
    unit = np.asarray(jax.jit(jax.vmap(lambda mass: likelihood.signal.reference(mass)))(scan.mass))
    known = scan.converged & (unit > 0)
    ratio = np.nan_to_num(scan.branching_fraction) / np.where(known, unit, 1.0)
    return {name: np.where(known, np.sqrt(ratio), np.nan)}
