"""Neutrino couplings to files of Wilson coefficients in the format WCxf, arXiv:1712.05298."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jaxtyping import Array, Complex, Float

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.neutrino_bases import PDG_LAMBDA_T, to_basis
from jaxflav.inputs.parameters import Parameters
from jaxflav.interfaces.running_matrices import B_SCALE
from jaxflav.interfaces.wcxf_file import checked_content
from jaxflav.io.errors import InputError
from jaxflav.io.output import write_file


def to_wcxf(
    parameters: Parameters,
    couplings: NeutrinoCouplings,
    basis: str = "flavio",
    *,
    scale: float = B_SCALE,
    lambda_t: Complex[Array, ""] = PDG_LAMBDA_T,
    alpha: Float[Array, ""] | str = "m_Z",
) -> dict[str, Any]:
    """New physics in neutrino couplings as the content of a WCxf file of WET: the inverse of ``from_wcxf``.

    Parameters
    ----------
    basis
        One of ``BASES``.
    scale
        GeV, written in the file; the values do not depend on it.
    lambda_t, alpha
        As in ``from_basis``. For a file that ``wilson`` translates alpha is "m_Z"; for the rates that flavio computes
        from the file it is ``FLAVIO_ALPHA``.

    Raises
    ------
    UnknownNameError
        If the basis is unknown.
    InputError
        If the couplings are of another transition, violate lepton number, for which WCxf has no names, or are not
        finite.
    """
    others = [f.name for f in dataclasses.fields(couplings) if f.name[:3] in ("SLL", "SLR", "TLL")]
    broken = [name for name in others if np.any(np.asarray(getattr(couplings, name)))]
    if broken:
        raise InputError(f"WCxf has no coefficients that violate lepton number; found {', '.join(broken)} not 0")
    found = to_basis(basis, parameters, couplings, lambda_t=lambda_t, alpha=alpha)
    values = {name: complex(value) for name, value in found.items()}
    numbers = {name: {"Re": value.real, "Im": value.imag} for name, value in values.items()}
    content = {"eft": "WET", "basis": basis, "scale": float(scale), "values": numbers}
    checked_content(content, "couplings")
    return content


def write_wcxf(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write the content of a WCxf file, as ``to_wcxf`` gives it: YAML for the suffixes .yaml and .yml, else JSON.

    Raises
    ------
    InputError
        If the disk refuses.
    """
    path = Path(path)
    if path.suffix in (".yaml", ".yml"):
        text = yaml.safe_dump(dict(content), sort_keys=False)
    else:
        text = json.dumps(dict(content), indent=2, allow_nan=False) + "\n"
    write_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
