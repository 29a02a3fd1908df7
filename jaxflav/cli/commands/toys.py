"""jaxflav toys: significance, goodness of fit and look-elsewhere effect by toy data."""

import argparse
import dataclasses

import numpy as np

from jaxflav.cli.commands.statistics import add_options, finish, has_mass, mass_of, prepare
from jaxflav.cli.options.grids import mass_grid
from jaxflav.cli.progress import progress_bar
from jaxflav.inference.fitting.problem import fit_held
from jaxflav.inference.hypothesis_tests.goodness_of_fit import goodness_of_fit
from jaxflav.inference.hypothesis_tests.likelihood_ratios import conditional_fit
from jaxflav.inference.hypothesis_tests.look_elsewhere import look_elsewhere
from jaxflav.inference.hypothesis_tests.toys import check_toys, sample_toys, significance
from jaxflav.io.errors import InputError


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.description = (
        "Local significance and goodness of fit, asymptotic and by toys; with --look-elsewhere also the "
        "global significance over a range of masses."
    )
    add_options(command, "toys")
    command.add_argument("--parameter", metavar="NAME", help="default branching_fraction, or mu of the likelihood")
    command.add_argument("--toys", type=int, default=1000, metavar="N", help="number (default %(default)s)")
    command.add_argument("--seed", type=int, default=0, help="of the toys (default %(default)s)")
    command.add_argument("--look-elsewhere", metavar="LO:HI:N", help="masses in GeV; as many fits as masses per toy")
    command.set_defaults(run=run)


def _plotter():
    from jaxflav.plots.toys import plot_toys

    return plot_toys


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    check_toys(arguments.toys, arguments.seed)
    masses = None if arguments.look_elsewhere is None else mass_grid(arguments.look_elsewhere)
    if masses is not None and not has_mass(arguments):
        raise InputError("--look-elsewhere needs a new particle: take --scenario two-body")
    mass = mass_of(arguments)
    task = prepare(arguments, _plotter, mass, arguments.parameter, True, () if masses is None else masses)
    n, seed, problem = arguments.toys, arguments.seed, task.problem
    local = significance(problem, task.parameter, n, seed)
    fit = goodness_of_fit(problem, n, seed)
    elsewhere = None
    if masses is not None:
        with progress_bar(len(masses) * (n + 1), "look elsewhere", "fit") as bar:
            elsewhere = look_elsewhere(problem, task.parameter, masses, n, seed, progress=bar.update)
    truth = conditional_fit(problem, task.parameter, 0.0)
    fits = fit_held(problem, data=sample_toys(problem, truth, n, seed), starts=truth)
    k = problem.likelihood.index(task.parameter)
    columns = {"best": np.where(fits.converged, fits.parameters[:, k], np.nan), "converged": fits.converged}
    content = {"significance": dataclasses.asdict(local), "goodness_of_fit": dataclasses.asdict(fit)}
    lines = [
        f"significance of {task.parameter} > 0   {local.z_asymptotic:.2f} sigma, p = {local.p_asymptotic:.3g} "
        f"(asymptotic), {_share(local.p_toys)}",
        f"goodness of fit   {fit.statistic:.1f} for {fit.degrees} degrees of freedom, p = {fit.p_asymptotic:.3f} "
        f"(asymptotic), {_share(fit.p_toys)}",
    ]
    if elsewhere is not None:
        content["look_elsewhere"] = dataclasses.asdict(elsewhere)
        lines += [
            f"largest evidence   {elsewhere.z_local:.2f} sigma (local) at {elsewhere.best_mass:.3f} GeV",
            f"global   {elsewhere.z_global:.2f} sigma, p = {elsewhere.p_global:.3g} +- {elsewhere.p_global_error:.1g} "
            f"(Gross-Vitells, trial factor {elsewhere.trial_factor:.1f}), {_share(elsewhere.p_toys)}",
        ]
    content |= {"toys": n, "seed": seed}
    finish(task, arguments, {**columns, **content}, columns, lines, (columns["best"], task.parameter, local))


def _share(p):
    return f"toys p = {p.value:.3g} [{p.low:.2g}, {p.high:.2g}] ({p.passed} of {p.toys})"
