"""dBR/dq2 and BR of B+ -> K+ nu nubar and B0 -> K*0 nu nubar, and F_L of the latter, with flavio 2.7.1.

Standard Model plus CL and CR, diagonal and off-diagonal in flavour, real and complex; flavio has no scalar or tensor
operators here. Form factors and all other inputs are the central values of flavio's defaults, written out in the
result: B -> K "BSZ3" (GRvDV 2023 means), B -> K* "BSZ3" (arXiv:1503.05534, light-cone sum rules and lattice).

Environment: ``python -m venv venv && venv/bin/pip install -r tests/oracles/environment-flavio.txt``
Run:         ``venv/bin/python tests/oracles/flavio_nunu.py``; writes flavio_nunu.json next to this file.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import flavio
from flavio.physics.bdecays import bpnunu, bvnunu
from flavio.physics.bdecays.wilsoncoefficients import CL_SM
from flavio.physics.ckm import xi
from flavio.physics.running.running import get_alpha

# the scale at which flavio's rates take the coefficients: nothing runs
SCALE = 4.8
Q2_K = [0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0]
Q2_KSTAR = [0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 19.0]

# new physics on top of the Standard Model, in flavio's basis
POINTS = {
    "SM": {},
    "CL e e": {"CL_bsnuenue": -4.0},
    "CL universal": {"CL_bsnuenue": 3.0, "CL_bsnumunumu": 3.0, "CL_bsnutaunutau": 3.0},
    "CR universal": {"CR_bsnuenue": 3.0, "CR_bsnumunumu": 3.0, "CR_bsnutaunutau": 3.0},
    "CR tau tau": {"CR_bsnutaunutau": -8.0},
    "CL mu tau": {"CL_bsnumunutau": 9.0},
    "CR tau mu": {"CR_bsnutaunumu": 9.0},
    "CL and CR mu tau": {"CL_bsnumunutau": 5.0, "CR_bsnumunutau": 4.0},
    "complex": {"CL_bsnumunumu": -2.0 + 3.0j, "CR_bsnumunumu": 1.0 - 4.0j, "CR_bsnuenutau": 2.0j},
}


def form_factors(par, process, names, m_parent, m_daughter, poles, q2, get):
    prefix = f"{process} BSZ "
    return {
        "parametrisation": "BSZ",
        "source": flavio.config["implementation"][f"{process} form factor"],
        "coefficients": {
            f"{f}_{k}": float(par[f"{prefix}a{k}_{f}"])
            for f in names
            for k in range(3)
            # the lowest coefficients that flavio takes from the kinematic relations at q2 = 0
            if (f, k) not in {("f0", 0), ("A12", 0), ("T2", 0)}
        },
        "m_parent": float(par[m_parent]),
        "m_daughter": float(par[m_daughter]),
        "poles": {f: float(par[f"{process} BCL {pole}"]) for f, pole in poles.items()},
        "q2": q2,
        "values": {f: [float(get(x)[f]) for x in q2] for f in names},
    }


def main():
    par = flavio.default_parameters.get_central_all()
    lambda_t = xi("t", "bs")(par)
    result = {
        "code": "flavio",
        "version": {name: version(name) for name in ("flavio", "wilson", "particle", "numpy", "scipy")}
        | {"python": platform.python_version()},
        "made_by": "tests/oracles/flavio_nunu.py",
        "process": "B -> K nu nubar, B -> K* nu nubar",
        "inputs": {
            "G_F": par["GF"],
            "alpha": get_alpha(par, SCALE)["alpha_e"],
            "alpha(m_Z)": get_alpha(par, 91.1876)["alpha_e"],
            "mu": SCALE,
            "X_t": par["Xt_di->djnunu"],
            "sin2_theta_w": par["s2w"],
            "C_L^SM(mu)": CL_SM(par, SCALE),
            "lambda_t": [lambda_t.real, lambda_t.imag],
            "hbar": 1.0,
            "notes": "GeV units; lifetimes are in GeV^-1, hence hbar = 1; C_L^SM(mu) = -X_t/s_w^2 alpha(m_Z)/alpha(mu)",
            "flavio_parameters": {name: par[name] for name in ("Vus", "Vub", "Vcb", "gamma", "alpha_e", "alpha_s")},
        },
        "points": {
            name: {c: [complex(v).real, complex(v).imag] for c, v in point.items()} for name, point in POINTS.items()
        },
        "form_factors": {
            "B+ -> K+": form_factors(
                par,
                "B->K",
                ("f+", "f0", "fT"),
                "m_B0",
                "m_K0",
                {"f+": "m+", "f0": "m0", "fT": "m+"},
                Q2_K,
                lambda q2: bpnunu.get_ff(q2, dict(par), "B+", "K+"),
            ),
            "B0 -> K*0": form_factors(
                par,
                "B->K*",
                ("V", "A0", "A1", "A12", "T1", "T2", "T23"),
                "m_B0",
                "m_K*0",
                dict.fromkeys(("V", "T1"), "m1-") | {"A0": "m0"} | dict.fromkeys(("A1", "A12", "T2", "T23"), "m1+"),
                Q2_KSTAR,
                lambda q2: bvnunu.get_ff(q2, dict(par), "B0", "K*0"),
            ),
        },
        "channels": {
            "B+ -> K+": {"m_B": par["m_B+"], "m_M": par["m_K+"], "tau_B": par["tau_B+"], "q2": Q2_K},
            "B0 -> K*0": {"m_B": par["m_B0"], "m_M": par["m_K*0"], "tau_B": par["tau_B0"], "q2": Q2_KSTAR},
        },
    }
    for channel, decay in {"B+ -> K+": "B+->Knunu", "B0 -> K*0": "B0->K*nunu"}.items():
        entry = result["channels"][channel]
        q2_max = (entry["m_B"] - entry["m_M"]) ** 2
        entry |= {"q2_min, q2_max of BR": [0.0, q2_max], "dBR/dq2": {}, "BR": {}}
        if channel == "B0 -> K*0":
            entry |= {"F_L(q2)": {}, "F_L": {}}
        for name, point in POINTS.items():
            coefficients = flavio.WilsonCoefficients()
            coefficients.set_initial(point, scale=SCALE)
            entry["dBR/dq2"][name] = [
                flavio.np_prediction(f"dBR/dq2({decay})", coefficients, q2=q2) for q2 in entry["q2"]
            ]
            entry["BR"][name] = flavio.np_prediction(f"BR({decay})", coefficients)
            if "F_L" in entry:
                entry["F_L(q2)"][name] = [
                    flavio.np_prediction(f"FL({decay})", coefficients, q2=q2) for q2 in entry["q2"]
                ]
                # flavio divides by q2, so the range starts just above 0
                entry["F_L"][name] = flavio.np_prediction(f"<FL>({decay})", coefficients, q2min=1e-6, q2max=q2_max)
    path = Path(__file__).parent / "flavio_nunu.json"
    path.write_text(json.dumps(result, indent=1, default=float) + "\n")
    print(path)


if __name__ == "__main__":
    main()
