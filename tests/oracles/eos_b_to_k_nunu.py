"""dBR/dq2 of B+ -> K+ nu nubar and B0 -> K0 nu nubar with EOS 1.0.21, for vector, scalar and tensor coefficients.

Form factors: EOS's BSZ2015 parametrisation with the GRvDV 2023 means (arXiv:2305.06301) and, in the z variable, the
masses m_B = 5.27934 and m_K = 0.493677 GeV, for both channels. All other inputs are EOS's defaults, written out in
the result. EOS has the charged mode only: B0 -> K0 is that observable with mass::B_u, mass::K_u and life_time::B_u set
to EOS's values for B_d and K_d.

Environment: ``python -m venv venv && venv/bin/pip install -r tests/oracles/environment-eos.txt``
Run:         ``venv/bin/python tests/oracles/eos_b_to_k_nunu.py``; writes eos_b_to_k_nunu.json next to this file.
"""

import eos
from eos_common import POINTS, header, inputs, integral, set_form_factors, set_point, values, write

PROCESS = "B->K"
Q2 = [0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0]
# the pole masses are EOS's defaults, set to say which they are
MASSES = {"B_d": 5.27934, "K_d": 0.493677, "B_s^*": 5.415, "B_s,0": 5.630}
# means of the ancillary files of arXiv:2305.06301
COEFFICIENTS = {
    "f+_0": 0.33196382,
    "f+_1": -0.96403506,
    "f+_2": -0.30273752,
    "f0_1": 0.33478906,
    "f0_2": 0.00372445,
    "fT_0": 0.32361471,
    "fT_1": -1.02911783,
    "fT_2": -0.39954681,
}
CHANNELS = {"B+ -> K+": ("B_u", "K_u"), "B0 -> K0": ("B_d", "K_d")}


def main():
    parameters = eos.Parameters()
    set_form_factors(parameters, PROCESS, COEFFICIENTS, MASSES)
    bsz = {"form-factors": "BSZ2015"}
    result = header("eos_b_to_k_nunu.py", "B -> K nu nubar") | {
        "inputs": inputs(parameters),
        "form_factors": {
            "parametrisation": "BSZ",
            "source": "arXiv:2305.06301 (GRvDV 2023), means",
            "coefficients": COEFFICIENTS,
            "m_parent": MASSES["B_d"],
            "m_daughter": MASSES["K_d"],
            "poles": {"f+": MASSES["B_s^*"], "f0": MASSES["B_s,0"], "fT": MASSES["B_s^*"]},
            "q2": Q2,
            "values": {
                ours: values(f"{PROCESS}::{theirs}(q2)", parameters, bsz, Q2)
                for ours, theirs in {"f+": "f_+", "f0": "f_0", "fT": "f_T"}.items()
            },
        },
        "points": {},
        "channels": {},
    }
    options = bsz | {"model": "WET", "q": "u"}
    for channel, (parent, daughter) in CHANNELS.items():
        m_B, m_M = (parameters[f"mass::{meson}"].evaluate() for meson in (parent, daughter))
        tau_B = parameters[f"life_time::{parent}"].evaluate()
        parameters["mass::B_u"].set(m_B)
        parameters["mass::K_u"].set(m_M)
        parameters["life_time::B_u"].set(tau_B)
        q2_max = (m_B - m_M) ** 2
        entry = {
            "m_B": m_B,
            "m_M": m_M,
            "tau_B": tau_B,
            "options": options,
            "q2": Q2,
            "q2_min, q2_max of BR": [0.0, q2_max],
            "dBR/dq2": {},
            "BR": {},
        }
        for name, point in POINTS.items():
            result["points"][name] = set_point(parameters, point)
            entry["dBR/dq2"][name] = values(f"{PROCESS}nunu::dBR/dq2", parameters, options, Q2)
            entry["BR"][name] = integral(f"{PROCESS}nunu::BR", parameters, options, 0.0, q2_max)
        result["channels"][channel] = entry
    write("eos_b_to_k_nunu.json", result)


if __name__ == "__main__":
    main()
