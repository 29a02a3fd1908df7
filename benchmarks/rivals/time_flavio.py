"""Time of flavio per Wilson-coefficient point: BR and F_L of B0 -> K*0 nu nubar over all q2.

Run in the environment of ``tests/oracles/environment-flavio.txt``:
``venv/bin/python benchmarks/rivals/time_flavio.py``. Prints one line of JSON: median seconds per point of
``np_prediction``, with a new set of coefficients for each point, set at the scale of the process so that nothing runs.
"""

import json
import platform
import statistics
import time
from importlib.metadata import version

import flavio

POINTS, WARM_UP, SCALE = 15, 2, 4.8
DECAY = "B0->K*nunu"


def time_points(with_BR, with_F_L, q2_max):
    seconds = []
    for i in range(WARM_UP + POINTS):
        start = time.perf_counter()
        coefficients = flavio.WilsonCoefficients()
        coefficients.set_initial({"CL_bsnuenue": 1e-2 * (i + 1), "CR_bsnuenue": 2e-2 * (i + 1)}, scale=SCALE)
        if with_BR:
            flavio.np_prediction(f"BR({DECAY})", coefficients)
        if with_F_L:
            flavio.np_prediction(f"<FL>({DECAY})", coefficients, q2min=1e-6, q2max=q2_max)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[WARM_UP:])


def main():
    par = flavio.default_parameters.get_central_all()
    q2_max = (par["m_B0"] - par["m_K*0"]) ** 2
    result = {
        "code": "flavio",
        "median_seconds_per_point": {
            "BR": time_points(True, False, q2_max),
            "F_L": time_points(False, True, q2_max),
            "BR and F_L": time_points(True, True, q2_max),
        },
        "points": POINTS,
        "version": {name: version(name) for name in ("flavio", "wilson", "particle")}
        | {"python": platform.python_version()},
        "machine": platform.machine(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
