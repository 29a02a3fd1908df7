"""Neutrino couplings from files of Wilson coefficients in the format WCxf, arXiv:1712.05298."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.couplings.neutrino_bases import (
    BASES,
    PDG_LAMBDA_T,
    basis_names,
    check_alpha,
    check_name,
    conjugate_name,
    from_basis,
)
from jaxflav.inputs.parameters import Parameters, load_parameters
from jaxflav.interfaces.running import run_smeft
from jaxflav.interfaces.running_matrices import B_SCALE
from jaxflav.interfaces.wcxf_file import checked_content, read_content
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError

# bases of WCxf for WET without the sector sbnunu, and theories below the b quark
_WITHOUT_SECTOR = ("EOS", "formflavor")
_WITHOUT_B = ("WET-4", "WET-3", "WET-2")
# names of d_i -> d_j nu nubar: the start of them, the whole, where the group is the quarks, and the quarks of b -> s
_NEUTRINO_NAMES = {
    "flavio": (r".*(bs|bd|sd)nu", r"C[LR]_(bs|bd|sd)nu(?:e|mu|tau)nu(?:e|mu|tau)", ("bs",)),
    "JMS": (r"Vnud", r"VnudL[LR]_[123]{2}([123]{2})", ("23", "32")),
    "Bern": (r"nu1", r"nu1p?(sb|db|ds)(?:e|mu|tau)(?:e|mu|tau)", ("sb",)),
    "FlavorKit": (r"FV", r"FV[LR]L_([123]{2})[123]{2}", ("23", "32")),
}


@dataclasses.dataclass(frozen=True, eq=False)
class WcxfCouplings:
    """Neutrino couplings as a function of the constants, as a scenario takes them, and what they were made of.

    Attributes
    ----------
    basis
        One of ``BASES``; JMS after running from SMEFT.
    scale
        GeV. Between m_b and m_W the coefficients of b -> s nu nubar do not run.
    values
        Coefficients of new physics by name, as they are in the basis.
    ignored
        Names in the file of other sectors, which b -> s nu nubar does not depend on.
    lambda_t, alpha
        As in ``from_basis``.
    given
        The effective theory, basis and scale of the file.
    """

    basis: str
    scale: float
    values: Mapping[str, complex]
    ignored: tuple[str, ...]
    lambda_t: complex
    alpha: float | str
    given: tuple[str, str, float]

    def __call__(self, parameters: Parameters) -> NeutrinoCouplings:
        """Couplings with the Standard Model and the unit of the parameters."""
        return from_basis(self.basis, parameters, self.values, lambda_t=self.lambda_t, alpha=self.alpha)


def read_wcxf(path: str | Path, *, lambda_t: complex = PDG_LAMBDA_T, alpha: float | str = "m_Z") -> WcxfCouplings:
    """Neutrino couplings from a WCxf file, JSON or YAML.

    Files of WET in the bases flavio, JMS, Bern and FlavorKit are read as they are; files of SMEFT are run and matched
    by ``wilson`` or ``rgevolve`` where one is installed (the extra ``running``). Coefficients of other sectors are left
    out, and named in the result.

    Parameters
    ----------
    lambda_t
        V_tb V_ts^* in the phase convention of the file, by default that of the PDG, see ``from_basis``.
    alpha
        Electromagnetic coupling in flavio's operators: "m_Z", with which ``wilson`` translates between the bases, or a
        number. A file in flavio's basis is ambiguous by the choice: flavio itself computes with alpha(4.8 GeV),
        ``FLAVIO_ALPHA``, and has amplitudes of new physics that are 3.15 % smaller. The other bases have no alpha.

    Raises
    ------
    DataFileError
        If the file is not WCxf, see ``read_content``; has another effective theory, a basis without b -> s nu nubar, no
        coefficient of it, a scale below m_b; or a misspelt one, or one that is the hermitian conjugate of another.
    InputError
        If SMEFT cannot be run, see ``run_smeft``.
    """
    return _couplings(read_content(Path(path)), path, lambda_t, alpha)


def from_wcxf(
    content: Mapping[str, Any], *, lambda_t: complex = PDG_LAMBDA_T, alpha: float | str = "m_Z"
) -> WcxfCouplings:
    """As ``read_wcxf``, from a mapping with the keys eft, basis, scale and values, such as ``vars`` of a wcxf.WC."""
    return _couplings(checked_content(content, "WCxf"), "WCxf", lambda_t, alpha)


def _couplings(content, where, lambda_t, alpha):
    if lambda_t == 0 or not np.isfinite(lambda_t):
        raise InputError(f"lambda_t must be finite and not 0, for its phase counts; found {lambda_t}")
    check_alpha(alpha)
    given = content[:3]
    if content.eft == "SMEFT":
        content, ignored = run_smeft(content, where), ()
    else:
        _check_basis(content, where)
        ignored = _ignored(content, where)
    values = {name: value for name, value in content.values.items() if name not in ignored}
    return WcxfCouplings(content.basis, content.scale, values, ignored, complex(lambda_t), alpha, given)


def _check_basis(content, where):
    if content.eft in _WITHOUT_B:
        raise DataFileError(f"{where}: {content.eft} has no b quark; give a file of WET, at a scale above m_b")
    if content.eft != "WET":
        raise DataFileError(f"{where}: unknown effective theory {content.eft!r}; expected WET or SMEFT")
    if content.basis in _WITHOUT_SECTOR:
        raise DataFileError(
            f"{where}: the basis {content.basis} of WCxf has no coefficients of b -> s nu nubar (sector sbnunu); "
            f"translate the file from another basis to {' or '.join(BASES)}"
        )
    if content.basis not in BASES:
        raise UnknownNameError(f"basis in {where}", content.basis, BASES)
    m_b = float(load_parameters()["m_b"])
    if content.scale < m_b:
        raise DataFileError(
            f"{where}: the scale {content.scale:g} GeV is below m_b = {m_b:g} GeV, where WET has no b quark; give the "
            f"coefficients at m_b or above, such as {B_SCALE} GeV"
        )


def _ignored(content, where):
    """Names of other sectors; those that look like b -> s nu nubar must be names of the basis."""
    known = basis_names(content.basis)
    start, whole, quarks = _NEUTRINO_NAMES[content.basis]
    ignored, others = [], []
    for name in content.values:
        if name in known:
            continue
        found = re.fullmatch(whole, name)
        alike = _letters(name) in map(_letters, known) or re.match(start, name, re.IGNORECASE)
        if (alike and not found) or (found and found[1] in quarks):
            _refuse(content, name, where)
        ignored.append(name)
        others.extend([name] if found else [])
    if len(ignored) == len(content.values):
        found = f"those of other quarks: {_some(others)}" if others else f"{_some(ignored)}" if ignored else "no values"
        raise DataFileError(
            f"{where}: no coefficient of b -> s nu nubar (sector sbnunu: {', '.join(known[:2])} ...); found {found}"
        )
    return tuple(ignored)


def _refuse(content, name, where):
    partner = conjugate_name(name)
    if partner in content.values and content.values[name] != content.values[partner].conjugate():
        raise DataFileError(
            f"{where}: the matrix is not hermitian: {name} = {content.values[name]} must be the complex conjugate of "
            f"{partner} = {content.values[partner]}; give the one that the basis {content.basis} has"
        )
    try:
        check_name(content.basis, name)
    except ValueError as error:
        raise DataFileError(f"{where}: {error}") from None


def _letters(name):
    return re.sub("[^a-z0-9]", "", name.lower())


def _some(names):
    return ", ".join(names[:3]) + (f" ... ({len(names)} in all)" if len(names) > 3 else "")
