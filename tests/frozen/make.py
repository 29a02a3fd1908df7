"""Write numbers.json: python -m tests.frozen.make, or with names of entries, which alone are then made anew."""

import argparse
import json
import time
from pathlib import Path

import jax
import numpy as np

from tests.frozen.blocks import BLOCKS

NUMBERS = Path(__file__).with_name("numbers.json")
BELLE2 = ["belle2-2025"]
ALL = ["belle2-2025", "babar-2013", "belle-2017", "belle-2013", "aleph-bs-invisible"]
SOME = ["belle2-2025", "babar-2013:K+,K*0", "aleph-bs-invisible"]
_DIGITS = 13
_MASSES_OF_PAIRS = [0.0, 1e-3, 2.0, 2.5, 2.8]  # massless, near it, above the threshold of K*, of K, of all


def points(seed, ranges, masses=(), number=20):
    """Random points, named, between limits; the first masses are given."""
    rng = np.random.default_rng(seed)
    rows = [{name: round(float(rng.uniform(*limits)), 12) for name, limits in ranges.items()} for _ in range(number)]
    for row, mass in zip(rows, masses, strict=False):
        row["mass"] = mass
    return rows


def _log_likelihoods():
    mu, fraction, line, pair = (0.0, 6.0), (0.0, 3e-5), (0.0, 4.7), (0.0, 2.35)
    alone = {"experiments": BELLE2}
    together = {"experiments": SOME, "slope_in_mass": False}
    f, strength = {"f_VV": (-3.0, 3.0), "f_AV": (-3.0, 3.0), "im(f_VV)": (-2.0, 2.0)}, {"strength": (0.0, 8.0)}
    masses = [0.0, 1e-3, 4.0, 4.79, 5.0]
    two_body = {"mu": mu, "branching_fraction": fraction, "mass": line}
    of_pair = {"mu": mu, "branching_fraction": fraction, "mass": pair}
    neutrino = {"abs(cVL+cVR)": (0.0, 15.0), "abs(cSL+cSR)": (0.0, 8.0), "abs(cTL)": (0.0, 8.0)}
    return {
        "published": (False, {**alone, "hypothesis": "published", "points": points(1, {"mu": (0.0, 8.0)})}),
        "two-body line": (True, {**alone, "hypothesis": "two-body", "points": points(2, two_body, masses)}),
        "two-body width": (
            True,
            {**alone, "hypothesis": "two-body", "width": 0.1, "points": points(3, two_body, masses)},
        ),
        "pair f_VV": (
            True,
            {**alone, "hypothesis": "fermion-pair f_VV", "points": points(4, of_pair, _MASSES_OF_PAIRS)},
        ),
        "neutrinos": (True, {**alone, "hypothesis": "neutrinos", "points": points(5, neutrino)}),
        "together couplings": (
            True,
            {
                "experiments": ALL,
                "family": "fermion-pair",
                "couplings": list(f),
                "points": points(6, {"mu": mu, **f, "mass": pair}, _MASSES_OF_PAIRS),
            },
        ),
        "together strength": (
            True,
            {
                **together,
                "family": "fermion-pair",
                "couplings": ["f_SS"],
                "direction": [1.0],
                "points": points(7, {"mu": mu, **strength, "mass": pair}, _MASSES_OF_PAIRS),
            },
        ),
        "together strength of two": (
            True,
            {
                **together,
                "family": "vector",
                "couplings": ["h_V", "h_T"],
                "direction": [1.0, 2000.0],
                "points": points(8, {"mu": mu, "strength": (0.0, 1e-15), "mass": (0.3, 4.7)}, [0.3, 4.3, 4.79, 5.0]),
            },
        ),
        "together line couplings": (
            True,
            {
                **together,
                "family": "scalar",
                "couplings": ["g_S", "g_P"],
                "points": points(9, {"mu": mu, "g_S": (-3e-8, 3e-8), "g_P": (-3e-8, 3e-8), "mass": line}, masses),
            },
        ),
    }


def _planes():
    ranges = {
        "scalar": (("g_S", "g_P"), (3e-8, 3e-8), 2.1),
        "neutrinos": (("cVL", "cVR"), (15.0, 15.0), 0.0),
    }
    found = {}
    for family, (couplings, ends, mass) in ranges.items():
        grids = {name: np.linspace(-end, end, 7).tolist() for name, end in zip(couplings, ends, strict=True)}
        settings = {"experiments": ALL, "family": family, "couplings": list(couplings), "mass": mass, "grids": grids}
        found[family] = (True, {**settings, "single": False})
    return found


def entries():
    """Every entry of numbers.json by name: its block, whether it is slow, and its settings."""
    decays = ["B+ -> K+", "B0 -> K*0"]
    mu = {
        "experiments": BELLE2,
        "hypothesis": "two-body",
        "priors": {"mu": ["uniform", 0.0, 20.0]},
        "held": {"branching_fraction": 0.0},
    }
    theta = [{"mu": value} for value in (0.0, 1.0, 3.0, 5.0, 10.0)]
    masses = np.linspace(0.0, 4.75, 20).round(6).tolist()
    blocks = {
        "log_likelihood": _log_likelihoods(),
        "branching_fractions": {
            "scenarios": (
                False,
                {"decays": [*decays, "Bs -> invisible"], "shares_of_threshold": [0.1, 0.5, 0.9]},
            )
        },
        "mass_scan": {
            "line": (
                True,
                {
                    "experiments": BELLE2,
                    "hypothesis": "two-body",
                    "mass": masses,
                    "couplings": ["g_S", "h_V", "h_T"],
                    "scale": 1e4,
                },
            ),
        },
        "scenarios": {
            "scalar": (
                True,
                {"experiments": BELLE2, "scenarios": ["scalar"], "points": 24, "scale": 1e4, "decays": decays},
            )
        },
        "limits": {
            "line": (
                True,
                {
                    "experiments": BELLE2,
                    "hypothesis": "two-body",
                    "mass": [0.0, 0.6, 1.5, 2.1, 3.0, 4.2],
                    "confidence": 0.95,
                },
            )
        },
        "plane": _planes(),
        "neutrinos": {
            "coefficients": (
                True,
                {
                    "experiments": BELLE2,
                    "profiles": {
                        "abs(cVL+cVR)": [0.0, 3.0, 6.6, 10.0, 14.0],
                        "abs(cSL+cSR)": [0.0, 2.0, 5.0, 9.0],
                        "abs(cTL)": [0.0, 2.0, 4.0, 7.0],
                    },
                },
            )
        },
        "signal_strength": {"published": (False, {"experiments": BELLE2})},
        "marginal_likelihood": {"mu": (True, {**mu, "points": theta})},
    }
    return {
        f"{block}/{name}": {"block": block, "slow": slow, "settings": settings}
        for block, named in blocks.items()
        for name, (slow, settings) in named.items()
    }


def text_of(value, indent=0):
    """JSON with sorted keys in which a list of numbers is one line, and numbers have 13 digits."""
    space = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{space}{json.dumps(key)}: {text_of(value[key], indent + 1)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}" if lines else "{}"
    if isinstance(value, (list, tuple)):
        if any(isinstance(one, (dict, list, tuple)) for one in value):
            flat = all(isinstance(one, dict) and not any(map(_nested, one.values())) for one in value)
            lines = [_line(one) if flat else text_of(one, indent + 1) for one in value]
            return "[\n" + ",\n".join(space + line for line in lines) + "\n" + " " * indent + "]"
        return "[" + ", ".join(text_of(one) for one in value) + "]"
    if isinstance(value, float):
        return json.dumps(float(f"{value:.{_DIGITS}g}"))
    return json.dumps(value)


def _nested(value):
    return isinstance(value, (dict, list, tuple))


def _line(row):
    return "{" + ", ".join(f"{json.dumps(key)}: {text_of(row[key])}" for key in sorted(row)) + "}"


def main():
    """Make all entries, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="of an entry, or its beginning; all that are missing by default")
    arguments = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    known = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    for name, entry in entries().items():
        wanted = any(name.startswith(one) for one in arguments.name) if arguments.name else name not in known
        if not wanted:
            continue
        start = time.perf_counter()
        known[name] = {**entry, "values": BLOCKS[entry["block"]](entry["settings"])}
        NUMBERS.write_text(text_of(known) + "\n")
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
