"""Form-factor sets from files: the built-in ones by name, and those of the user by path.

A file is YAML with the keys

    format: jaxflav-form-factors/1
    name: ...                     any text
    process: B -> K               or B -> pi, Bs -> K, B -> K*, B -> rho, Bs -> phi, Bs -> K*
    parametrisation: BSZ
    order: 2                      highest power of z
    sources: [...]                BibTeX keys
    year: 2023
    unit: "1"
    m_parent, m_daughter: ...     masses in the z variable, GeV
    poles: {f_plus: ..., ...}     masses of the subtracted poles, GeV
    parameters: [f_plus_0, ...]   the independent coefficients, in any order
    mean: [...]                   one value per parameter
    covariance: [[...], ...]      full matrix, same order as the parameters
"""

from importlib.resources import files
from pathlib import Path

import numpy as np

from jaxflav.form_factors.processes import find_process
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.io.errors import DataFileError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require
from jaxflav.numerics.precision import require_x64

FORMAT = "jaxflav-form-factors/1"
DEFAULT_PROCESS = "B -> K"
_BUILT_IN = {
    "B -> K": {
        "GRvDV2023": "grvdv2023_b_to_k.yaml",
        "HPQCD2022+FLAG2021": "hpqcd2022_flag2021_b_to_k.yaml",
    },
    "B -> K*": {"GRvDV2023": "grvdv2023_b_to_kstar.yaml"},
    "Bs -> phi": {"GRvDV2023": "grvdv2023_bs_to_phi.yaml"},
}


def form_factor_names(process: str = DEFAULT_PROCESS) -> tuple[str, ...]:
    """Names of the built-in sets for a process; raises ``UnknownNameError`` for an unknown one."""
    find_process(process)
    return tuple(_BUILT_IN.get(process, ()))


def load_form_factors(name_or_path: str | Path, process: str | None = None) -> FormFactorSet:
    """Form-factor set by name (see ``form_factor_names``), or from a YAML file of the format described above.

    Parameters
    ----------
    name_or_path
        Text that ends in ``.yaml`` or ``.yml`` is taken for a path.
    process
        Such as "B -> K*". A name without a process is for "B -> K"; a file without one may be for any process,
        with one it must be for that.

    Raises
    ------
    UnknownNameError
        If there is no built-in set of this name for the process, or no such process.
    DataFileError
        If the file is missing, for another process or not of the documented form; a coefficient is missing; the
        covariance has the wrong shape, is not finite, not symmetric or not positive definite.
    RuntimeError
        If JAX does not compute in double precision.
    """
    require_x64()
    if isinstance(name_or_path, Path) or name_or_path.endswith((".yaml", ".yml")):
        ff_set = _read(Path(name_or_path))
        if process is not None and ff_set.process != process:
            raise DataFileError(f"{name_or_path}: expected form factors of {process}, found {ff_set.process}")
        return ff_set
    process = DEFAULT_PROCESS if process is None else process
    find_process(process)
    names = _BUILT_IN.get(process, {})
    if name_or_path not in names:
        raise UnknownNameError(f"form-factor set of {process} (or path of a .yaml file)", name_or_path, names)
    return _read(files("jaxflav.form_factors") / "data" / names[name_or_path])


def _read(file) -> FormFactorSet:
    content = read_yaml(file)
    for key, expected in (("format", FORMAT), ("parametrisation", "BSZ"), ("unit", "1")):
        found = require(content, key, str, file)
        if found != expected:
            raise DataFileError(f"{file}: {key!r} must be {expected!r}, found {found!r}")
    require(content, "year", int, file)
    order = require(content, "order", int, file)
    if order < 0:
        raise DataFileError(f"{file}: 'order' must be at least 0, found {order}")
    try:
        process = require(content, "process", str, file)
        expected = find_process(process).free_coefficients(order)
        found = require(content, "parameters", list, file)
        if sorted(map(str, found)) != sorted(expected):
            missing = [name for name in expected if name not in found]
            other = [str(name) for name in found if name not in expected or found.count(name) > 1]
            raise ValueError(
                f"expected the coefficients {', '.join(expected)}; "
                f"missing: {', '.join(missing) or 'none'}; unknown or repeated: {', '.join(other) or 'none'}"
            )
        position = [found.index(name) for name in expected]
        mean = _numbers(content, "mean", (len(found),), file)
        covariance = _numbers(content, "covariance", (len(found), len(found)), file)
        return FormFactorSet(
            name=require(content, "name", str, file),
            process=process,
            order=order,
            mean=mean[position],
            covariance=covariance[np.ix_(position, position)],
            poles=require(content, "poles", dict, file),
            m_parent=require(content, "m_parent", float, file),
            m_daughter=require(content, "m_daughter", float, file),
            sources=require(content, "sources", list, file),
        )
    except DataFileError:
        raise
    except (ValueError, TypeError) as error:
        raise DataFileError(f"{file}: {error}") from error


def _numbers(content: dict, key: str, shape: tuple[int, ...], file) -> np.ndarray:
    try:
        values = np.asarray(require(content, key, list, file), float)
    except (ValueError, TypeError) as error:
        if isinstance(error, DataFileError):
            raise
        raise DataFileError(f"{file}: {key!r} must hold numbers in the shape {shape}: {error}") from error
    if values.shape != shape:
        raise DataFileError(f"{file}: {key!r} must have the shape {shape}, found {values.shape}")
    return values
