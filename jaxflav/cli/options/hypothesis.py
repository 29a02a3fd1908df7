"""Options of experiments and hypothesis."""

import argparse

from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import DEFAULT_MASS, DEFAULT_SCENARIO, SCENARIOS
from jaxflav.tasks.defaults import DEFAULT_EXPERIMENT, DEFAULT_FORM_FACTORS


def add_hypothesis_options(command: argparse.ArgumentParser, mass: str = "GEV") -> None:
    """Options of experiments and scenario, with the meaning of the keys of an analysis file.

    Parameters
    ----------
    command : ArgumentParser
        The command.
    mass : str
        What ``--mass`` takes.
    """
    command.add_argument(
        "--scenario",
        choices=SCENARIOS,
        default=DEFAULT_SCENARIO,
        help="Standard Model + one invisible particle or a pair, the published likelihood, Wilson coefficients of "
        "neutrinos, or couplings of one family on all experiments (default %(default)s)",
    )
    command.add_argument(
        "--hypothesis",
        metavar="TEXT",
        help="in place of scenario and coupling: 'fermion-pair: f_VV, f_AV', line, neutrinos, sm, rescaled-sm, or "
        "FILE.py:NAME, a model of your own",
    )
    command.add_argument(
        "--coupling",
        metavar="NAME[,NAME...]",
        help="coupling of the scenario, such as g_S or f_VV; the scenario couplings takes several",
    )
    command.add_argument("--family", metavar="NAME", help="of the couplings, where their names do not tell")
    command.add_argument("--scale", type=float, metavar="GEV", help="Lambda of the couplings (default 10000)")
    command.add_argument("--chiral", action="store_true", help="couplings of the chiral basis, such as V_LL")
    command.add_argument("--self-conjugate", action="store_true", help="the two particles of a pair are identical")
    command.add_argument("--mass", metavar=mass, help=f"mass of the particle in GeV (default {DEFAULT_MASS})")
    command.add_argument("--width", type=float, metavar="GEV", help="Breit-Wigner width; a true line by default")
    command.add_argument(
        "--experiment",
        action="append",
        metavar="NAME[:CHANNELS]",
        help="name or directory; also one with the files of HEPData; may be repeated with couplings (default "
        f"{DEFAULT_EXPERIMENT})",
    )
    command.add_argument(
        "--form-factors",
        action="append",
        metavar="NAME",
        help=f"name of a set or YAML file; may be repeated with couplings (default {DEFAULT_FORM_FACTORS})",
    )
    command.add_argument(
        "--hold", action="append", default=[], metavar="NAME=VALUE", help="hold a parameter; may be repeated"
    )


def parse_held(text: str) -> tuple[str, float]:
    """Name and value from NAME=VALUE; raises ``InputError`` if it is not of this form."""
    name, equals, value = text.rpartition("=")
    try:
        number = float(value)
    except ValueError:
        number = None
    if not (name and equals) or number is None:
        raise InputError(f"--hold must be NAME=VALUE, such as mu=1; found {text!r}")
    return name, number


def one_mass(text: str) -> float:
    """Mass in GeV from the command line; raises ``InputError`` if it is no number."""
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--mass must be a number of GeV, such as {DEFAULT_MASS}; found {text!r}") from None
