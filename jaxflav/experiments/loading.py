"""Any experiment from one name: built in, a directory of the user, or the original HEPData files."""

from pathlib import Path

from jaxflav.experiments.analysis import Analysis, load_analysis
from jaxflav.experiments.hepdata import is_hepdata, load_hepdata


def load_experiment(name: str | Path) -> Analysis:
    """Load a built-in analysis by name, a directory with ``analysis.yaml``, or one with the files of HEPData.

    Raises
    ------
    InputError
        If there is no such name or directory, or a file in it is malformed.
    """
    return load_hepdata(name) if is_hepdata(name) else load_analysis(name)
