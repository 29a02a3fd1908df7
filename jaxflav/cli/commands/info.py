"""jaxflav info: what is installed and what is built in."""

import argparse

import jax

import jaxflav
from jaxflav.cli.options.couplings import DESCRIPTIONS
from jaxflav.couplings.families import EOS_NAMES, coupling_names
from jaxflav.experiments.analysis import analysis_names, load_analysis
from jaxflav.form_factors.files import form_factor_names
from jaxflav.io.output import json_text
from jaxflav.observables.observable import DECAYS
from jaxflav.rates.decays import Decay

SCENARIOS = {
    "two-body": {
        "what": "B -> K + one invisible particle",
        "parameters": ["mass", "branching_fraction"],
        "couplings": ["g_S", "h_V", "h_T"],
    },
    "sm": {"what": "B -> K nu nubar, Standard Model", "parameters": ["mu"], "couplings": []},
    **{
        name: {"what": what, "parameters": ["mass"], "couplings": list(coupling_names(name))}
        for name, what in DESCRIPTIONS.items()
    },
    "neutrinos": {
        "what": "neutrinos of the weak effective theory, names of EOS (total) or flavio (new physics, CL_bsnuenue ...)",
        "parameters": [],
        "couplings": list(EOS_NAMES),
    },
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Run the command."""
    content = {
        "version": jaxflav.__version__,
        "jax": jax.__version__,
        "devices": [str(device) for device in jax.devices()],
        "precision": "float64" if jax.config.jax_enable_x64 else "float32",
        "experiments": {name: load_analysis(name).title for name in analysis_names()},
        "form_factors": {d.process: form_factor_names(d.process) for d in DECAYS.values() if isinstance(d, Decay)},
        "decays": list(DECAYS),
        "scenarios": SCENARIOS,
    }
    if arguments.json:
        print(json_text(content))
        return
    print(f"jaxflav {content['version']}, jax {content['jax']}, {content['precision']}")
    print(f"devices       {', '.join(content['devices'])}")
    for name, title in content["experiments"].items():
        print(f"experiment    {name}: {title}")
    for process, names in content["form_factors"].items():
        print(f"form factors  {process}: {', '.join(names) or 'those of the user, --form-factors FILE'}")
    print(f"decays        {', '.join(content['decays'])}")
    for name, scenario in SCENARIOS.items():
        names = ", ".join(scenario["parameters"] + scenario["couplings"])
        print(f"scenario      {name}: {scenario['what']}; {names}")
