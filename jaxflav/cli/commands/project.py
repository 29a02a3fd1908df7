"""jaxflav project: what will future data say about one scenario?"""

import argparse

import numpy as np

from jaxflav.cli.commands.future_data import add_options, description_of, future_of, text_of, truths_of
from jaxflav.cli.figures import figure_writer
from jaxflav.cli.options.couplings import parse_couplings
from jaxflav.cli.progress import progress_bar
from jaxflav.experiments.channels import decays_of
from jaxflav.experiments.schema import DECAYS
from jaxflav.experiments.thresholds import check_below_threshold, mass_threshold
from jaxflav.hypotheses.text import RESCALED, STANDARD_MODEL
from jaxflav.inference.hypothesis_tests.toys import check_toys
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.studies.hypothesis_fits import NO_SIGNAL, parse_candidate
from jaxflav.studies.projections import discriminate, expected_errors, pseudo_data, truth_of

_AGAINST = (STANDARD_MODEL, RESCALED, NO_SIGNAL)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Asimov data of a truth at several luminosities: the expected t = -2 ln L(B)/L(truth) against the "
        "Standard Model, the rescaled one and no signal at all, and the expected uncertainties of signal strength or "
        "couplings at the mass of the truth. Results directories hold the pseudo-data, toys too if asked for."
    )
    command.add_argument(
        "--hypothesis",
        default=RESCALED,
        metavar="NAME",
        help=f"{RESCALED} (mu free) or FAMILY:COUPLING,..., which is true (default %(default)s)",
    )
    command.add_argument(
        "--coupling",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of a coupling, or of mu, in the truth; may be repeated (default: best fit to the data of today)",
    )
    command.add_argument("--mass", type=float, metavar="GEV", help="of the truth, with --coupling (default 0)")
    command.add_argument("--toys", type=int, default=0, metavar="N", help="toys to write with --out (default none)")
    command.add_argument("--seed", type=int, default=0, help="of the toys (default %(default)s)")
    add_options(command, "1,5,10,50")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.projection import plot_projection

    return plot_projection


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    if arguments.toys:
        check_toys(arguments.toys, arguments.seed)
        if arguments.out is None:
            raise InputError("--toys are written to a results directory: give --out DIR")
    candidate, values = parse_candidate(arguments.hypothesis), parse_couplings(arguments.coupling)
    if any(isinstance(value, complex) for value in values.values()):
        raise InputError("--coupling: expected real numbers; an imaginary part is a coupling of its own, im(f_VV)")
    future = future_of(arguments)
    mass = _mass(arguments, candidate, future.world, values)
    world, luminosities, left_out = future.world, future.luminosities, future.left_out
    against = [parse_candidate(name) for name in _AGAINST]
    rows, arrays = [], {}
    with progress_bar(len(against) * len(luminosities) + 1, "fitting", "hypothesis") as bar:
        truth = None if values else truths_of(world, [candidate], bar.update)[0]
        for luminosity in luminosities:
            then = world.at_luminosity(luminosity, arguments.systematics)
            likelihood = then.likelihood(candidate)
            truth = truth or truth_of(candidate, likelihood, values, mass)
            found = discriminate(then, [truth], against, bar.update)
            errors = expected_errors(truth, likelihood)
            row = {"luminosity": luminosity} | {f"t_{n}": t for n, t in zip(_AGAINST, found.t[0], strict=True)}
            rows.append(row | {f"error_{name}": error for name, error in errors.items()})
            arrays |= _pseudo_data(truth, likelihood, f"{luminosity:g}", arguments)
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    lines = [f"truth         {candidate.name}: {text_of(truth)}", f"systematics   {arguments.systematics}", ""]
    lines += _table(columns) + [f"left out, without prediction: {name}" for name in left_out]
    content = {
        "truth": {"hypothesis": candidate.name, "mass": truth.mass, **truth.signal},
        **columns,
        "left_out": left_out,
    }
    if arguments.out is not None:
        files = {
            "table.csv": ", ".join(columns),
            "arrays.npz": "the same columns; for each luminosity L the Asimov data observed_L and centre_L, toys with "
            "a leading axis, and the names of rows and of parameters",
        }
        description = {**description_of(arguments, future), "truth": content["truth"], "summary": lines}
        write_results(arguments.out, {**description, "files": files}, columns, {**columns, **arrays})
    if save_figure is not None:
        save_figure(columns, f"truth {candidate.name}: {text_of(truth)}\nsystematics {arguments.systematics}")
    print(json_text(content) if arguments.json else "\n".join(lines))


def _mass(arguments, candidate, world, values):
    """Mass in GeV of the truth; raises InputError where there is none to give, or the decays have ended."""
    if arguments.mass is None:
        return 0.0
    if not (values and candidate.massive):
        raise InputError(
            f"--mass is that of new particles whose --coupling is given, too; found the hypothesis {candidate.name} "
            f"with {len(values)} of them: leave --mass out"
        )
    decays = [DECAYS[name] for e in world.experiments for name in decays_of(e).values()]
    check_below_threshold(
        arguments.mass, mass_threshold(world.parameters, decays, candidate.hypothesis.massive), "--mass"
    )
    return arguments.mass


def _pseudo_data(truth, likelihood, label, arguments):
    model = likelihood.model
    bins = [f"{c}[{i}]" for c, n in zip(model.channel_names, model.channel_bins, strict=True) for i in range(n)]
    names = {"row_names": [*bins, *likelihood.measurements.names], "parameter_names": likelihood.parameter_names}
    asimov = pseudo_data(truth, likelihood)
    arrays = {f"observed_{label}": asimov.observed[0], f"centre_{label}": asimov.centre[0]}
    if arguments.toys:
        toys = pseudo_data(truth, likelihood, arguments.toys, arguments.seed)
        arrays |= {f"toys_observed_{label}": toys.observed, f"toys_centre_{label}": toys.centre}
    return {**names, **arrays}


def _table(columns) -> list[str]:
    lines = ["".join(f"{name:>18}" for name in columns)]
    for values in zip(*columns.values(), strict=True):
        lines.append("".join(f"{value:18.4g}" for value in values))
    return lines
