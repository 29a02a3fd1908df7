"""Coefficients of b -> s nu nubar translated between the WCxf bases flavio, JMS, Bern and FlavorKit by wilson 2.5.2.

All 18 names of each basis at once, with random complex values; from each basis to every other one that wilson
translates to. The names, their operators as TeX and their sector are those of the basis files that come with wilson.
One SMEFT point is run from 1 TeV to the scale of b quarks and matched to the JMS basis.

Environment: ``python -m venv venv && venv/bin/pip install -r tests/oracles/environment-flavio.txt``
Run:         ``venv/bin/python tests/oracles/wilson_nunu.py``; writes wilson_nunu.json next to this file.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import ckmutil.ckm
import numpy as np
import wilson
import wilson.parameters
import wilson.wcxf as wcxf

SECTOR, SCALE = "sbnunu", 4.8
# sizes of new physics like the Standard Model: C_L = -6.5 in flavio's basis
SIZES = {"flavio": 6.0, "JMS": 1e-8, "Bern": 3e-4, "FlavorKit": 1e-8}
SMEFT = {"scale": 1000.0, "basis": "Warsaw", "values": {"lq1_3323": 2e-8, "lq3_2223": {"Re": -1e-8, "Im": 3e-8}}}


def pairs(values):
    return {name: [complex(v).real, complex(v).imag] for name, v in values.items()}


def translated(basis, values):
    """The values of the sector by basis, the one they are given in included."""
    found = {basis: values}
    coefficients = wcxf.WC("WET", basis, SCALE, wcxf.WC.dict2values(values))
    for other in SIZES:
        if ("WET", basis, other) in wcxf.Translator.instances:
            new = coefficients.translate(other, parameters=wilson.parameters.p).dict
            found[other] = {name: new[name] for name in wcxf.Basis["WET", other].sectors[SECTOR]}
            others = [name for name in new if name not in found[other] and abs(new[name]) > 0]
            assert not others, others
    return {name: pairs(v) for name, v in found.items()}


def smeft():
    run = wilson.Wilson.from_wc(wcxf.WC("SMEFT", **SMEFT))
    found = run.match_run(SCALE, "WET", "JMS", sectors=(SECTOR,)).dict
    return SMEFT | {"WET JMS": pairs({name: found.get(name, 0) for name in wcxf.Basis["WET", "JMS"].sectors[SECTOR]})}


def main():
    p, rng = wilson.parameters.p, np.random.default_rng(17)
    V = ckmutil.ckm.ckm_tree(p["Vus"], p["Vub"], p["Vcb"], p["gamma"])
    lambda_t = V[2, 2] * V[2, 1].conj()
    names = {basis: list(wcxf.Basis["WET", basis].sectors[SECTOR]) for basis in SIZES}
    values = {
        basis: {name: complex(*rng.normal(size=2)) * size for name in names[basis]} for basis, size in SIZES.items()
    }
    result = {
        "code": "wilson",
        "version": {name: version(name) for name in ("wilson", "ckmutil", "numpy")}
        | {"python": platform.python_version()},
        "made_by": "tests/oracles/wilson_nunu.py",
        "process": "b -> s nu nubar",
        "inputs": {
            "G_F": p["GF"],
            "alpha_e": p["alpha_e"],
            "lambda_t": [lambda_t.real, lambda_t.imag],
            "scale": SCALE,
            "notes": "GeV units; new physics alone; lambda_t = V_tb V_ts^* in the phase convention of the PDG",
            "wilson_parameters": {name: p[name] for name in ("Vus", "Vub", "Vcb", "gamma")},
        },
        "operators": {
            basis: {name: wcxf.Basis["WET", basis].sectors[SECTOR][name]["tex"] for name in names[basis]}
            for basis in SIZES
        },
        "other names": {
            basis: sum(len(v) for s, v in wcxf.Basis["WET", basis].sectors.items() if s != SECTOR) for basis in SIZES
        },
        "translated": {basis: translated(basis, values[basis]) for basis in SIZES},
        "SMEFT": smeft(),
    }
    path = Path(__file__).parent / "wilson_nunu.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
