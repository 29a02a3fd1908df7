"""jaxflav predictive: what a posterior, or a prior, predicts of data and of other decays, and p-values."""

import argparse
import dataclasses
from pathlib import Path

import numpy as np

from jaxflav.hypotheses.neutrinos import NEUTRINOS
from jaxflav.inference.checks.predictive import Predictive, predictive, thinned
from jaxflav.inference.posteriors.prior_draws import prior_draws
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.observables.observable import Observable, find_decay
from jaxflav.studies.derived_observables import derived_observables, has_observables
from jaxflav.tasks.analysis_file import load_task
from jaxflav.tasks.form_factors import form_factors_of
from jaxflav.tasks.run_directory import Model, load_run, model_of

OBSERVABLES = (
    *(("BR", decay) for decay in ("B+ -> K+", "B0 -> K0", "B+ -> K*+", "B0 -> K*0", "Bs -> phi")),
    *(("FL", decay) for decay in ("B+ -> K*+", "B0 -> K*0", "Bs -> phi")),
)
SPECTRA = ("B+ -> K+", "B0 -> K*0")
POINTS = 60
_WIDTH = 40  # of the names of bins in the printed table
DISCREPANCIES = {
    "chi_squared": "sum of squared pulls",
    "deviance": "deviance",
    "with_auxiliary": "deviance with auxiliary measurements",
}
BANDS = {"low_95": 0.025, "low_68": 0.16, "median": 0.5, "high_68": 0.84, "high_95": 0.975}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Replicated data at draws of the parameters beside the data, posterior predictive p-values, and "
        "branching fractions, F_L and spectra of all modes where the scenario has couplings. With --prior the draws "
        "are from the priors and constraint terms."
    )
    command.add_argument("source", type=Path, metavar="DIR|FILE.yaml", help="of jaxflav sample; a file with --prior")
    command.add_argument("--prior", action="store_true", help="draw from the priors in place of the posterior")
    command.add_argument("--draws", type=int, default=500, metavar="N", help="at most (default %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="of the replicated data (default %(default)s)")
    command.add_argument("--out", type=Path, metavar="NEW", help="default DIR/predictive, or DIR/prior-predictive")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    command.set_defaults(run=run)


def place_of(source: Path, prior: bool) -> Path:
    """Where results are by default."""
    return source / ("prior-predictive" if prior else "predictive")


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    source, prior = arguments.source, arguments.prior
    if arguments.draws < 1 or arguments.seed < 0:
        raise InputError(f"expected at least 1 draw and a seed >= 0, found {arguments.draws} and {arguments.seed}")
    if source.is_file() and not (prior and arguments.out is not None):
        raise InputError(f"{source} is a file, and has priors only: give --prior and --out, or the directory of a run")
    out = arguments.out or place_of(source, prior)
    if source.is_dir() or arguments.out is not None:
        check_new_directory(out)
    chains = None
    if source.is_file():
        model = model_of(load_task(source))
    else:
        model, chains = load_run(source)
    seeds = np.random.SeedSequence(arguments.seed).generate_state(3).tolist()
    draws = prior_draws(model.posterior, arguments.draws, seeds[0]) if prior else thinned(chains, arguments.draws)
    found = predictive(model.posterior, draws, seeds[1])
    names, values, spectra = _decays(model, draws, seeds[2])
    arrays = {field: getattr(found, field) for field in ("observed", "normal_error", "expected", "replicated")}
    arrays |= {"names": np.array(found.names), "observable_names": np.array(names), "observables": values, **spectra}
    for name in DISCREPANCIES:
        one = getattr(found, name)
        arrays |= {f"{name}_observed": one.observed, f"{name}_replicated": one.replicated}
    table = _table(found)
    p_values = {name: dataclasses.asdict(getattr(found, name)) for name in DISCREPANCIES}
    p_values = {name: {key: one[key] for key in ("p_value", "error")} for name, one in p_values.items()}
    content = {"from": "prior" if prior else "posterior", "draws": len(draws), "p_values": p_values}
    content["observables"] = {name: _bands(column) for name, column in zip(names, values.T, strict=True)}
    lines = [*_lines(found, table, content, model.task.scenario), f"results              {out}"]
    description = {
        **{key: value for key, value in model.description.items() if key != "inputs"},
        "analysis": model.task.content,
        "seed": arguments.seed,
        "summary": lines,
        "result": content,
        "files": {"table.csv": ", ".join(table), "arrays.npz": ", ".join(arrays)},
    }
    write_results(out, description, table, arrays)
    if arguments.json:
        correlations = np.corrcoef(values.T) if len(names) > 1 and len(draws) > 1 else None
        print(json_text({**content, "rows": table, "correlations": correlations, "out": str(out)}))
        return
    print("\n".join(lines))


def _decays(model: Model, draws: np.ndarray, seed: int):
    """Names and values of the observables, and spectra by name of the array."""
    if not has_observables(model.posterior):
        return [], np.zeros((len(draws), 0)), {}
    parameters, sets = load_parameters(), form_factors_of(model.task.form_factors)
    order = sorted(sets, key=lambda one: one.process != "B -> K")
    asked = [Observable(quantity, find_decay(decay)) for quantity, decay in OBSERVABLES]
    points = []
    for name in SPECTRA:
        m_B, m_K = (float(m) for m in find_decay(name).masses(parameters))
        points.append(np.linspace(0, (m_B - m_K) ** 2, POINTS + 2)[1:-1])
    at = [Observable("BR", find_decay(name), q2=x) for name, q2 in zip(SPECTRA, points, strict=True) for x in q2]
    values = derived_observables(model.posterior, draws, [*asked, *at], parameters, order, seed)
    spectra = {"spectrum_names": np.array(SPECTRA), "spectrum_q2": np.array(points)}
    spectra["spectra"] = values[:, len(asked) :].reshape(len(draws), len(SPECTRA), POINTS)
    return [one.name for one in asked], values[:, : len(asked)], spectra


def _bands(column):
    return dict(zip(BANDS, np.quantile(column, list(BANDS.values())), strict=True))


def _table(found: Predictive) -> dict[str, np.ndarray]:
    """Columns of the table: the data, and quantiles of expectation and replicated data."""
    table = {"row": np.array(found.names), "observed": found.observed}
    for what in ("expected", "replicated"):
        quantiles = np.quantile(getattr(found, what), list(BANDS.values()), axis=0)
        table |= {f"{what}_{name}": column for name, column in zip(BANDS, quantiles, strict=True)}
    return table


def _short(name):
    return name if len(name) <= _WIDTH else f"{name[: _WIDTH // 2]}...{name[-_WIDTH // 2 + 3 :]}"


def _lines(found, table, content, scenario):
    rows = [_short(name) for name in found.names]
    width = max(map(len, [*rows, *content["observables"]]))
    lines = [f"{'':{width}}   observed   expected  68 % of replicated data  95 % of replicated data"]
    for i, name in enumerate(rows):
        low, high = ([table[f"replicated_{end}_{p}"][i] for p in (68, 95)] for end in ("low", "high"))
        spans = "".join(f"{f'[{a:.4g}, {b:.4g}]':>25}" for a, b in zip(low, high, strict=True))
        lines.append(f"{name:{width}} {found.observed[i]:10.4g} {table['expected_median'][i]:10.4g}{spans}")
    if content["observables"]:
        lines += ["", f"{'':{width}}     median                     68 %                     95 %"]
    for name, one in content["observables"].items():
        spans = "".join(
            f"{'[{:.3g}, {:.3g}]'.format(*(one[f'{e}_{p}'] for e in ('low', 'high'))):>25}" for p in (68, 95)
        )
        lines.append(f"{name:{width}} {one['median']:10.4g}{spans}")
    lines.append("")
    if scenario == NEUTRINOS:
        lines.append("right-handed coefficients are 0 in decays to a vector meson")
    for name, words in DISCREPANCIES.items():
        one = content["p_values"][name]
        lines.append(f"{content['from']} predictive p-value  {one['p_value']:.3f} +- {one['error']:.3f}  ({words})")
    return lines
