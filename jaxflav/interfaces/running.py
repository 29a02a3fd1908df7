"""Coefficients of SMEFT at a high scale, run and matched to b -> s nu nubar at the scale of b quarks by ``wilson``."""

import numpy as np

from jaxflav.couplings.neutrino_bases import basis_names
from jaxflav.interfaces.wcxf_file import WcxfContent
from jaxflav.io.errors import InputError

# GeV; below m_W the vector operators of b -> s nu nubar do not run
B_SCALE = 4.8
_PERTURBATIVE = 16 * np.pi**2


def run_smeft(content: WcxfContent, where: object) -> WcxfContent:
    """Content in the JMS basis of WET at ``B_SCALE``, by ``wilson`` (arXiv:1804.05033) with its default parameters.

    Parameters
    ----------
    where
        What the content is, for error messages: usually the path of the file.

    Raises
    ------
    InputError
        If wilson is not installed, does not know the basis or a name, finds an imaginary part where the operator is
        hermitian, or cannot run; if the scale is below m_Z, or a coefficient or the result is too large.
    """
    try:
        import wilson.parameters
        from wilson import wcxf
    except ImportError:
        raise InputError(
            f"{where}: coefficients of SMEFT at {content.scale:g} GeV need running and matching to the scale of b "
            "quarks: pip install 'jaxflav[running]', or give a file of WET, to which wilson or DsixTools translate"
        ) from None
    m_Z = wilson.parameters.p["m_Z"]
    if content.scale < m_Z:
        raise InputError(
            f"{where}: the scale {content.scale:g} GeV of SMEFT is below m_Z = {m_Z:g} GeV, where WET takes its place"
        )
    _check_values(content, wcxf, where)
    names = basis_names("JMS")
    try:
        given = wcxf.WC("SMEFT", content.basis, content.scale, wcxf.WC.dict2values(content.values))
        found = wilson.Wilson.from_wc(given).match_run(B_SCALE, "WET", "JMS", sectors=("sbnunu",)).dict
    except Exception as error:
        raise InputError(f"{where}: wilson could not run the coefficients ({type(error).__name__}: {error})") from error
    values = {name: complex(found.get(name, 0)) for name in names}
    if not np.all(np.isfinite(list(values.values()))):
        raise InputError(
            f"{where}: wilson's coefficients at {B_SCALE} GeV are not finite; are those of SMEFT too large?"
        )
    return WcxfContent("WET", "JMS", B_SCALE, values)


def _check_values(content, wcxf, where):
    known = {name: names for (eft, name), names in wcxf.Basis.instances.items() if eft == "SMEFT"}
    if content.basis not in known:
        raise InputError(f"{where}: unknown basis {content.basis!r} of SMEFT; wilson knows {', '.join(sorted(known))}")
    entries = {name: entry for sector in known[content.basis].sectors.values() for name, entry in sector.items()}
    for name, value in content.values.items():
        if name not in entries:
            raise InputError(
                f"{where}: {name} is not a coefficient of the basis {content.basis} of SMEFT in WCxf, which has one of "
                "each hermitian conjugate pair"
            )
        if content.basis.startswith("Warsaw") and abs(value) * content.scale**2 > _PERTURBATIVE:
            raise InputError(
                f"{where}: {name} = {value} times the square of the scale is above 16 pi^2, too strong to run; "
                "coefficients of SMEFT are in GeV^-2"
            )
        if value.imag != 0 and (entries[name] or {}).get("real"):
            raise InputError(
                f"{where}: {name} must be real, its operator is hermitian; found {value}: the matrix is not hermitian"
            )
