"""What the two EOS scripts share: parameters to set, Wilson-coefficient points, reading and writing.

Needs the environment of ``environment-eos.txt``; nothing in the tests imports this file.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import eos

# parameters of the rate that EOS reads; the values are EOS's own defaults unless a script sets them
SHARED_PARAMETERS = (
    "WET::G_Fermi",
    "QED::alpha_e(m_b)",
    "QM::hbar",
    "GSW::sin^2(theta)",
    "sbnunu::mu",
    "mass::b(MSbar)",
    "mass::s(2GeV)",
    "QCD::alpha_s(MZ)",
    "CKM::abs(V_tb)",
    "CKM::arg(V_tb)",
    "CKM::abs(V_ts)",
    "CKM::arg(V_ts)",
)

COEFFICIENTS = ("cVL", "cVR", "cSL", "cSR", "cTL")

# real or complex coefficients in EOS's normalisation, the others zero; None: EOS's default, the Standard Model
POINTS = {
    "SM": None,
    "cVL": {"cVL": 10.0},
    "cVR": {"cVR": 7.0},
    "cSL": {"cSL": 5.0},
    "cSR": {"cSR": 4.0},
    "cTL": {"cTL": 3.0},
    "SM + cVR": {"cVL": 6.6, "cVR": -2.5},
    "complex vectors": {"cVL": 6.6 + 1.5j, "cVR": 2.0 - 3.0j},
    "complex scalars": {"cSL": 4.0 - 1.0j, "cSR": 1.5 + 2.5j},
    "vector and tensor": {"cVL": 11.3, "cTL": 8.2},
    "all": {"cVL": 6.0 + 0.5j, "cVR": 1.0 - 2.0j, "cSL": 3.0 + 1.0j, "cSR": -2.0 + 0.5j, "cTL": 1.5 + 2.0j},
}


def set_point(parameters, point):
    """Set the coefficients of one point and return all five as EOS has them, {name: [real, imaginary]}."""
    if point is None:
        default = eos.Parameters()
        point = {
            c: complex(default[f"sbnunu::Re{{{c}}}"].evaluate(), default[f"sbnunu::Im{{{c}}}"].evaluate())
            for c in COEFFICIENTS
        }
    for c in COEFFICIENTS:
        value = complex(point.get(c, 0.0))
        parameters[f"sbnunu::Re{{{c}}}"].set(value.real)
        parameters[f"sbnunu::Im{{{c}}}"].set(value.imag)
    return {c: [parameters[f"sbnunu::{part}{{{c}}}"].evaluate() for part in ("Re", "Im")] for c in COEFFICIENTS}


def set_form_factors(parameters, process, coefficients, masses):
    """Set the BSZ coefficients and the masses of the expansion, which EOS reads when an observable is made."""
    for name, value in coefficients.items():
        parameters[f"{process}::alpha^{name}@BSZ2015"].set(value)
    for name, value in masses.items():
        parameters[f"mass::{name}@BSZ2015"].set(value)


def _make(name, parameters, options, **kinematics):
    observable = eos.Observable.make(name, parameters, eos.Kinematics(**kinematics), eos.Options(**options))
    found = dict(item.split("=") for item in str(observable.options()).split(","))
    # EOS overrides an option that an observable fixes, with no more than a message
    overridden = {key: found[key] for key, value in options.items() if found[key] != value}
    if overridden:
        raise ValueError(f"{name}: expected the options {options}, EOS took {overridden}")
    return observable


def values(name, parameters, options, q2):
    """Value of an observable of q2 at each q2."""
    return [_make(name, parameters, options, q2=x).evaluate() for x in q2]


def integral(name, parameters, options, q2_min, q2_max):
    return _make(name, parameters, options, q2_min=q2_min, q2_max=q2_max).evaluate()


def header(script, process):
    return {
        "code": "EOS",
        "version": {"eoshep": version("eoshep"), "numpy": version("numpy"), "python": platform.python_version()},
        "made_by": f"tests/oracles/{script}",
        "process": process,
    }


def inputs(parameters):
    """Everything the rate uses besides masses, lifetimes and form factors, by name and in EOS's own names."""
    model = eos.Model.make("WET", parameters, eos.Options())
    mu = parameters["sbnunu::mu"].evaluate()
    lambda_t = model.ckm_tb() * model.ckm_ts().conjugate()
    return {
        "G_F": parameters["WET::G_Fermi"].evaluate(),
        "alpha": parameters["QED::alpha_e(m_b)"].evaluate(),
        "hbar": parameters["QM::hbar"].evaluate(),
        "sin2_theta_w": parameters["GSW::sin^2(theta)"].evaluate(),
        "lambda_t": [lambda_t.real, lambda_t.imag],
        "mu": mu,
        "m_b_msbar(mu)": model.m_b_msbar(mu),
        "m_s_msbar(mu)": model.m_s_msbar(mu),
        "notes": "units GeV, GeV^-2, GeV s (hbar); EOS has alpha at m_b together with cVL = 6.61, so that "
        "alpha cVL is that of the usual alpha(m_Z) X_t/s_w^2; sin2_theta_w does not enter the rate separately",
        "eos_parameters": {name: parameters[name].evaluate() for name in SHARED_PARAMETERS},
    }


def write(name, result):
    path = Path(__file__).parent / name
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(path)
