"""Options of the commands that take a scenario: decays, couplings, mass, width, visibility, form factors."""

import argparse
from collections.abc import Sequence

import numpy as np

from jaxflav.couplings.families import FAMILIES, make_couplings, neutrino_function
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.observables.scenario import Scenario
from jaxflav.spectra.visibility import Visibility

DESCRIPTIONS = {
    "scalar": "one scalar phi",
    "vector": "one vector V",
    "scalar-pair": "pair of scalars phi phibar",
    "fermion-pair": "pair of fermions psi psibar, Dirac or Majorana, such as sterile neutrinos",
    "vector-pair": "pair of vectors V Vbar",
    "gravitino-pair": "pair of spin-3/2 fermions Psi Psibar",
    "mixed-pair": "massless neutrino and massive sterile neutrino",
}
SCENARIOS = ("sm", *FAMILIES, "neutrinos")


def add_scenario_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options from which ``scenario_of`` makes a scenario."""
    command.add_argument(
        "--scenario", default="sm", metavar="NAME", help=f"{', '.join(SCENARIOS)} (default %(default)s)"
    )
    command.add_argument(
        "--coupling",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="coupling of the scenario, such as f_VV=1.7 or g_S=1e-8+2e-9j; may be repeated",
    )
    command.add_argument("--mass", type=float, default=0.0, metavar="GEV", help="of one new particle (default 0)")
    command.add_argument("--scale", type=float, metavar="GEV", help="Lambda of the couplings (default 10000)")
    command.add_argument("--self-conjugate", action="store_true", help="particles of a pair are identical")
    command.add_argument("--width", type=float, metavar="GEV", help="of one new particle; a true line by default")
    command.add_argument("--c-tau", type=float, metavar="M", help="of an unstable new particle, seen when it decays")
    command.add_argument("--length", type=float, default=1.0, metavar="M", help="radius of the detector (default 1)")
    command.add_argument("--boost", type=float, default=0.0, metavar="BG", help="beta gamma of the B (default 0)")
    command.add_argument("--invisible-fraction", type=float, metavar="F", help="of the decays of an unstable particle")
    command.add_argument(
        "--paper-signs", action="store_true", help="interference of vectors and tensors as printed in arXiv:2403.13887"
    )
    command.add_argument("--no-sm", action="store_true", help="leave the Standard Model out")
    command.add_argument("--tau-tree", action="store_true", help="add B+ -> tau+ nu, tau+ -> K(*)+ nubar")


def add_form_factor_argument(command: argparse.ArgumentParser) -> None:
    """Add the option that ``form_factor_sets`` reads."""
    command.add_argument(
        "--form-factors",
        action="append",
        default=[],
        metavar="NAME",
        help="set, for each decay that it is for, or YAML file; may be repeated (default HPQCD2022+FLAG2021 for K, "
        "GRvDV2023 for K* and phi)",
    )


def parse_couplings(texts: Sequence[str]) -> dict[str, complex]:
    """Values by name from texts NAME=VALUE, real where they can be.

    Raises
    ------
    InputError
        If a text is not of this form, a value not a finite number, or a name given twice.
    """
    values: dict[str, complex] = {}
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        try:
            value = complex(number.replace(" ", ""))
        except ValueError:
            value = complex("nan")
        if not (name and equals and np.isfinite(value)):
            raise InputError(f"--coupling must be NAME=VALUE, such as g_S=1e-8 or g_S=1e-8+2e-9j; found {text!r}")
        if name in values:
            raise InputError(f"--coupling {name} is given more than once")
        values[name] = value.real if value.imag == 0 else value
    return values


def scenario_of(arguments: argparse.Namespace) -> Scenario:
    """Scenario from the options; raises ``InputError`` if they do not make sense together."""
    values, name = parse_couplings(arguments.coupling), arguments.scenario
    if name not in SCENARIOS:
        raise UnknownNameError("scenario", name, SCENARIOS)
    if name in FAMILIES:
        couplings = make_couplings(name, values, scale=arguments.scale, self_conjugate=arguments.self_conjugate)
    else:
        options = {
            "--coupling": name == "sm" and values,
            "--mass": arguments.mass,
            "--scale": arguments.scale,
            "--self-conjugate": arguments.self_conjugate,
            "--no-sm": name == "neutrinos" and arguments.no_sm,
            "--paper-signs": arguments.paper_signs,
        }
        for option, given in options.items():
            if given:
                raise InputError(f"{option} has no meaning in the scenario {name}; leave it out, or give --scenario")
        couplings = None if name == "sm" else neutrino_function(values)
    if arguments.width is not None and name not in ("scalar", "vector"):
        raise InputError(f"--width is for one new particle, --scenario scalar or vector; found {name}")
    return Scenario(
        couplings,
        arguments.mass,
        width=arguments.width,
        visibility=_visibility(arguments, name),
        standard_model=not arguments.no_sm,
        tau_tree=arguments.tau_tree,
        paper_signs=arguments.paper_signs,
    )


def _visibility(arguments, name):
    if arguments.c_tau is None and arguments.invisible_fraction is None:
        return None
    if name not in FAMILIES:
        raise InputError(f"--c-tau and --invisible-fraction are of a new particle; found the scenario {name}")
    return Visibility(
        invisible_fraction=0.0 if arguments.invisible_fraction is None else arguments.invisible_fraction,
        c_tau=0.0 if arguments.c_tau is None else arguments.c_tau,
        length=arguments.length,
        boost=arguments.boost,
    )
