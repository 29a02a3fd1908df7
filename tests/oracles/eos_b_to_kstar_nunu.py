"""dBR/dq2 and F_L of B0 -> K*0 nu nubar and B+ -> K*+ nu nubar with EOS 1.0.21, for all coefficients.

Form factors: EOS's BSZ2015 parametrisation with the GRvDV 2023 means (arXiv:2305.06301) and EOS's default masses of
that parametrisation, m_B = 5.279 and m_K* = 0.896 GeV, which are not those of the kinematics. All other inputs are
EOS's defaults, written out in the result.

F_L as EOS has it: the longitudinal rate of the *vector* operators over the rate of all operators (README.md).

Environment: ``python -m venv venv && venv/bin/pip install -r tests/oracles/environment-eos.txt``
Run:         ``venv/bin/python tests/oracles/eos_b_to_kstar_nunu.py``; writes the .json next to this file.
"""

import eos
from eos_common import POINTS, header, inputs, integral, set_form_factors, set_point, values, write

PROCESS = "B->K^*"
Q2 = [0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 19.0]
# EOS's defaults, set to say which they are
MASSES = {"B_d": 5.279, "K_d^*": 0.896, "B_s": 5.366, "B_s^*": 5.415, "B_s,1": 5.829}
# means of the ancillary files of arXiv:2305.06301
COEFFICIENTS = {
    "A0_0": 0.34213768,
    "A0_1": -1.14740932,
    "A0_2": 2.37275841,
    "A1_0": 0.28926565,
    "A1_1": 0.45994786,
    "A1_2": 1.22417351,
    "A12_1": 0.5511594,
    "A12_2": 0.57813167,
    "V_0": 0.36280141,
    "V_1": -1.08931588,
    "V_2": 2.80292123,
    "T1_0": 0.31924221,
    "T1_1": -0.96188597,
    "T1_2": 2.09305925,
    "T2_1": 0.59323779,
    "T2_2": 1.6795425,
    "T23_0": 0.62123502,
    "T23_1": 0.97330702,
    "T23_2": 1.82128227,
}
CHANNELS = {"B0 -> K*0": ("d", "B_d", "K_d^*"), "B+ -> K*+": ("u", "B_u", "K_u^*")}
NAMES = {"V": "V", "A0": "A_0", "A1": "A_1", "A12": "A_12", "T1": "T_1", "T2": "T_2", "T23": "T_23"}
POLES = {"V": "B_s^*", "A0": "B_s", "A1": "B_s,1", "A12": "B_s,1", "T1": "B_s^*", "T2": "B_s,1", "T23": "B_s,1"}


def main():
    parameters = eos.Parameters()
    set_form_factors(parameters, PROCESS, COEFFICIENTS, MASSES)
    bsz = {"form-factors": "BSZ2015"}
    result = header("eos_b_to_kstar_nunu.py", "B -> K* nu nubar") | {
        "inputs": inputs(parameters),
        "form_factors": {
            "parametrisation": "BSZ",
            "source": "arXiv:2305.06301 (GRvDV 2023), means",
            "coefficients": COEFFICIENTS,
            "m_parent": MASSES["B_d"],
            "m_daughter": MASSES["K_d^*"],
            "poles": {name: MASSES[pole] for name, pole in POLES.items()},
            "q2": Q2,
            "values": {ours: values(f"{PROCESS}::{theirs}(q2)", parameters, bsz, Q2) for ours, theirs in NAMES.items()},
        },
        "points": {},
        "channels": {},
    }
    for channel, (quark, parent, daughter) in CHANNELS.items():
        options = bsz | {"model": "WET", "q": quark}
        m_B, m_M = (parameters[f"mass::{meson}"].evaluate() for meson in (parent, daughter))
        q2_max = (m_B - m_M) ** 2
        entry = {
            "m_B": m_B,
            "m_M": m_M,
            "tau_B": parameters[f"life_time::{parent}"].evaluate(),
            "options": options,
            "q2": Q2,
            "q2_min, q2_max of BR": [0.0, q2_max],
            "dBR/dq2": {},
            "F_L(q2)": {},
            "BR": {},
            "F_L": {},
        }
        for name, point in POINTS.items():
            result["points"][name] = set_point(parameters, point)
            entry["dBR/dq2"][name] = values(f"{PROCESS}nunu::dBR/dq2", parameters, options, Q2)
            entry["F_L(q2)"][name] = values(f"{PROCESS}nunu::F_L(q2)", parameters, options, Q2)
            entry["BR"][name] = integral(f"{PROCESS}nunu::BR", parameters, options, 0.0, q2_max)
            entry["F_L"][name] = integral(f"{PROCESS}nunu::F_L", parameters, options, 0.0, q2_max)
        result["channels"][channel] = entry
    write("eos_b_to_kstar_nunu.json", result)


if __name__ == "__main__":
    main()
