"""Masses and lifetimes of the Particle Data Group, 2025 update, from its database and from the ``particle`` package.

Environment: ``python -m venv venv && venv/bin/pip install -r tests/oracles/environment-pdg.txt``
Run:         ``venv/bin/python tests/oracles/pdg_constants.py``; writes pdg_constants.json next to this file.
"""

import json
from importlib.metadata import version
from pathlib import Path

import particle
import pdg

HBAR = 6.582119569e-22  # MeV s, exact in the SI to the digits shown
# name in jaxflav: identifier in the database, Monte-Carlo number in particle, and what of the particle it is
CONSTANTS = {
    "m_Bplus": ("S041M", 521, "mass"),
    "m_B0": ("S042M", 511, "mass"),
    "m_Bs": ("S086M", 531, "mass"),
    "m_Kplus": ("S010M", 321, "mass"),
    "m_K0": ("S011M", 311, "mass"),
    "m_Kstarplus": ("M018M1", 323, "mass"),
    "m_Kstar0": ("M018M2", 313, "mass"),
    "m_phi": ("M004M", 333, "mass"),
    "m_piplus": ("S008M", 211, "mass"),
    "m_pi0": ("S009M", 111, "mass"),
    "m_rhoplus": ("M009M5", 213, "mass"),
    "m_rho0": ("M009M0", 113, "mass"),
    "m_tau": ("S035M", 15, "mass"),
    "m_b": ("Q005M", 5, "mass"),
    "m_s": ("Q123SM", 3, "mass"),
    "m_d": ("Q123DM", 1, "mass"),
    "tau_Bplus": ("S041T", 521, "lifetime"),
    "tau_B0": ("S042T", 511, "lifetime"),
    "tau_Bs": ("S086T", 531, "lifetime"),
    "tau_tau": ("S035T", 15, "lifetime"),
}
TO_GEV = {"GeV": 1.0, "MeV": 1e-3, "s": 1.0}


def from_database(api, identifier):
    """Value and mean uncertainty, GeV or s."""
    found = api.get(identifier).best_summary()
    unit = TO_GEV[found.units]
    return found.value * unit, (found.error_positive + found.error_negative) / 2 * unit


def from_particle(number, what):
    """Value and uncertainty, GeV or s; the lifetime from the width, which has fewer digits."""
    found = particle.Particle.from_pdgid(number)
    if what == "mass":
        return found.mass * 1e-3, found.mass_upper * 1e-3
    value = HBAR / found.width
    return value, value * found.width_upper / found.width


def main():
    api = pdg.connect()
    particle.Particle.load_table(particle.data.basepath / "particle2025.csv")
    values = {}
    for name, (identifier, number, what) in CONSTANTS.items():
        for source, (value, uncertainty) in (
            ("pdg", from_database(api, identifier)),
            ("particle", from_particle(number, what)),
        ):
            values.setdefault(name, {})[source] = {"value": value, "uncertainty": uncertainty}
    result = {
        "made_by": "tests/oracles/pdg_constants.py",
        "version": {name: version(name) for name in ("pdg", "particle")},
        "edition": api.info("citation"),
        "unit": "GeV, s",
        "values": values,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
