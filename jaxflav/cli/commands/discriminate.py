"""jaxflav discriminate: which scenarios will future data tell apart?"""

import argparse

import numpy as np

from jaxflav.cli.commands.future_data import add_options, description_of, future_of, text_of, truths_of
from jaxflav.cli.figures import figure_writer
from jaxflav.cli.progress import progress_bar
from jaxflav.hypotheses.text import RESCALED, STANDARD_MODEL
from jaxflav.io.errors import InputError
from jaxflav.io.output import check_new_directory, json_text, write_results
from jaxflav.studies.hypothesis_fits import parse_candidate
from jaxflav.studies.projections import Discrimination, discriminate

DEFAULT_HYPOTHESES = (
    STANDARD_MODEL,
    RESCALED,
    *(f"neutrinos:{name}" for name in ("cVR", "cSL", "cTL")),
    "scalar:g_S",
    "vector:h_V",
    "vector:h_T",
    "scalar-pair:g_SS",
    "scalar-pair:g_VV",
    *(f"fermion-pair:{name}" for name in ("f_VV", "f_SS", "f_TT")),
    "vector-pair:h_S",
    "gravitino-pair:F_VV",
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Expected -2 ln L(B)/L(A) of Asimov data for each truth A, at its best fit to present data, and "
        "each hypothesis B, minimised over its mass, couplings and all nuisance parameters."
    )
    command.add_argument(
        "--hypothesis",
        action="append",
        metavar="NAME",
        help=f"{STANDARD_MODEL}, {RESCALED} (mu free) or FAMILY:COUPLING,...; may be repeated (default: "
        f"{' '.join(DEFAULT_HYPOTHESES)})",
    )
    add_options(command, "5,50")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.discrimination import plot_discrimination

    return plot_discrimination


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    save_figure = None if arguments.plot is None else figure_writer(arguments.plot, _plotter)
    if arguments.out is not None:
        check_new_directory(arguments.out)
    names = arguments.hypothesis or list(DEFAULT_HYPOTHESES)
    if len(set(names)) < len(names) or len(names) < 2:
        raise InputError(f"--hypothesis: expected two or more different ones, found {', '.join(names)}")
    hypotheses = [parse_candidate(name) for name in names]
    future = future_of(arguments)
    world, luminosities, left_out = future.world, future.luminosities, future.left_out
    with progress_bar(len(hypotheses) * (1 + len(luminosities)), "fitting", "hypothesis") as bar:
        truths = truths_of(world, hypotheses, bar.update)
        found = [
            discriminate(world.at_luminosity(value, arguments.systematics), truths, hypotheses, bar.update)
            for value in luminosities
        ]
    lines = [f"{t.candidate.name:22}{text_of(t)}" for t in truths]
    for luminosity, matrix in zip(luminosities, found, strict=True):
        lines += ["", f"t at {luminosity:g} ab^-1, systematics {arguments.systematics}; rows: truth", *_table(matrix)]
    lines += [f"left out, without prediction: {name}" for name in left_out]
    content = {
        "truths": {t.candidate.name: {"mass": t.mass, **t.signal} for t in truths},
        "luminosity": luminosities,
        "systematics": arguments.systematics,
        "hypotheses": names,
        **{key: [getattr(one, key) for one in found] for key in ("t", "mass", "failed", "fits")},
        "left_out": left_out,
    }
    if arguments.out is not None:
        grid = [x.ravel() for x in np.meshgrid(luminosities, names, names, indexing="ij")]
        columns = dict(zip(("luminosity", "truth", "hypothesis"), grid, strict=True))
        columns |= {key: np.ravel(content[key]) for key in ("t", "mass", "failed", "fits")}
        short = {"summary": lines, "truths": content["truths"]}
        files = {"table.csv": ", ".join(columns), "arrays.npz": "the same columns"}
        description = {**description_of(arguments, future), **short, "files": files}
        write_results(arguments.out, description, columns, columns)
    if save_figure is not None:
        save_figure(found, luminosities, f"systematics {arguments.systematics}")
    print(json_text(content) if arguments.json else "\n".join(lines))


def _table(found: Discrimination) -> list[str]:
    numbers = [f"{f'({i + 1})':>8}" for i in range(len(found.hypotheses))]
    lines = [f"{'':27}{''.join(numbers)}"]
    for i, name in enumerate(found.truths):
        cells = []
        for j in range(len(found.hypotheses)):
            mark = "*" if found.failed[i, j] else ""
            cells.append(f"{'-' if np.isnan(found.t[i, j]) else f'{found.t[i, j]:.1f}{mark}':>8}")
        lines.append(f"{f'({i + 1})':5}{name:22}{''.join(cells)}")
    if np.any(found.failed):
        lines.append(f"* some fits did not converge: {int(found.failed.sum())} of {int(found.fits.sum())} in all")
    return lines
