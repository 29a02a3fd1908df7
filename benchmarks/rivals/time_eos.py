"""Time of EOS per Wilson-coefficient point: BR and F_L of B0 -> K*0 nu nubar over all q2.

Run in the environment of ``tests/oracles/environment-eos.txt``: ``venv/bin/python benchmarks/rivals/time_eos.py``.
Prints one line of JSON: median seconds per point, with the observables built once and only cVL and cVR changed.
"""

import json
import platform
import statistics
import time
from importlib.metadata import version

import eos

POINTS, WARM_UP = 2000, 20


def time_points(observables, parameters):
    left, right = (parameters[f"sbnunu::Re{{{name}}}"] for name in ("cVL", "cVR"))
    seconds = []
    for i in range(WARM_UP + POINTS):
        start = time.perf_counter()
        left.set(6.6 + 1e-3 * i)
        right.set(1e-3 * i)
        for observable in observables:
            observable.evaluate()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[WARM_UP:])


def main():
    parameters = eos.Parameters()
    options = eos.Options(**{"model": "WET", "q": "d", "form-factors": "BSZ2015"})
    m_B, m_M = parameters["mass::B_d"].evaluate(), parameters["mass::K_d^*"].evaluate()
    kinematics = {"q2_min": 0.0, "q2_max": (m_B - m_M) ** 2}
    BR, F_L = (
        eos.Observable.make(f"B->K^*nunu::{name}", parameters, eos.Kinematics(**kinematics), options)
        for name in ("BR", "F_L")
    )
    result = {
        "code": "EOS",
        "median_seconds_per_point": {
            "BR": time_points([BR], parameters),
            "F_L": time_points([F_L], parameters),
            "BR and F_L": time_points([BR, F_L], parameters),
        },
        "points": POINTS,
        "version": {"eoshep": version("eoshep"), "python": platform.python_version()},
        "machine": platform.machine(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
