"""The files of HEPData record 10.17182/hepdata.166082, as Belle II published them, instead of the built-in copy."""

import dataclasses
from pathlib import Path

import numpy as np

from jaxflav.experiments.analysis import Analysis, load_analysis
from jaxflav.io.errors import InputError
from jaxflav.likelihood.pyhf_json import read_workspace
from jaxflav.response.number_density import check_number_density, read_csv_density

WORKSPACE = "combined_likelihood.json"
DENSITIES = ("number_density_ita_regA.csv", "number_density_ita_regB.csv", "number_density_hta.csv")
Q2_EDGES = np.linspace(0.0, 22.885, 101)


def is_hepdata(name: str | Path) -> bool:
    """Whether this is a directory with the files of HEPData, and no ``analysis.yaml`` of the user."""
    path = Path(name)
    return (path / WORKSPACE).is_file() and not (path / "analysis.yaml").exists()


def load_hepdata(directory: str | Path) -> Analysis:
    """Load the Belle II B+ -> K+ nu nubar likelihood from its original pyhf JSON and CSV files.

    Parameters
    ----------
    directory : path
        With ``combined_likelihood.json`` and the three ``number_density_*.csv``.

    Raises
    ------
    InputError
        If a file is missing or malformed, or the densities do not fit the workspace.

    References
    ----------
    Belle II, arXiv:2507.12393, HEPData 10.17182/hepdata.166082 (CC0-1.0).
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError(f"{directory}: no such directory; it should hold {WORKSPACE} and {', '.join(DENSITIES)}")
    built_in = load_analysis("belle2-2025")
    tables = read_workspace(directory / WORKSPACE)
    density = read_csv_density([directory / name for name in DENSITIES], Q2_EDGES)
    analysis = dataclasses.replace(built_in, tables=tables, density=density)
    check_number_density(density, analysis.nominal, str(directory))
    tables.without(analysis.dropped)
    return analysis
