"""The smallest data that commands run on: a public likelihood of three bins, and a counting experiment."""

import numpy as np

from jaxflav.likelihood.pyhf_json import parse_workspace
from jaxflav.likelihood.tables import write_tables
from jaxflav.response.number_density import NumberDensity, write_density
from tests.experiments.files import COUNTING, HEAD, number, write
from tests.likelihood.workspaces import MU

SIGNAL = [6.0, 5.0, 4.0]
WORKSPACE = {
    "version": "1.0.0",
    "channels": [
        {
            "name": "only",
            "samples": [
                {"name": "signal", "data": SIGNAL, "modifiers": [MU]},
                {
                    "name": "background",
                    "data": [30.0, 25.0, 20.0],
                    "modifiers": [{"name": "b", "type": "normsys", "data": {"lo": 0.9, "hi": 1.1}}],
                },
            ],
        }
    ],
    "observations": [{"name": "only", "data": [38.0, 33.0, 22.0]}],
    "measurements": [{"name": "measurement", "config": {"poi": "mu", "parameters": []}}],
}
LIKELIHOOD = {
    **HEAD,
    "name": "small",
    "decay": "B+ -> K+",
    "luminosity": number(0.4, "ab^-1"),
    "running": True,
    "likelihood": "likelihood.json",
    "number_density": "number_density.json",
    "signal": [{"channel": "only", "sample": "signal"}],
    "dropped": ["mu"],
    "simulation": {
        "branching_fraction": number(4.97e-6),
        "f_plus_bcl": number([0.2545, -0.71, 0.32]),
        "pole_mass": number(5.4158, "GeV"),
        "m_parent": number(5.2795, "GeV"),
        "m_daughter": number(0.4956, "GeV"),
    },
}


def write_small_data(small, count):
    """Write the public likelihood and the counting experiment into two directories."""
    write(small, LIKELIHOOD)
    write_tables(parse_workspace(WORKSPACE), small / "likelihood.json")
    edges = np.linspace(0.0, 22.8, 13)
    shares = np.exp(-0.5 * ((0.5 * (edges[1:] + edges[:-1]) - np.array([[4.0], [9.0], [15.0]])) / 5.0) ** 2)
    yields = np.array(SIGNAL)[:, None] * shares / shares.sum(axis=1, keepdims=True)
    write_density(NumberDensity(edges, yields, np.zeros(3)), small / "number_density.json")
    write(count, {**COUNTING, "luminosity": number(0.4, "ab^-1"), "running": True})
