"""Files of SMEFT at a high scale, run and matched to b -> s nu nubar at the scale of b quarks by other programs."""

from importlib.util import find_spec

import numpy as np

from jaxflav.couplings.neutrino_bases import basis_names
from jaxflav.interfaces.running_matrices import B_SCALE, smeft_evolution
from jaxflav.interfaces.wcxf_file import WcxfContent
from jaxflav.io.errors import InputError

# GeV: where wilson and rgevolve match SMEFT to WET
_MATCHING_SCALE = 91.1876
_PERTURBATIVE = 16 * np.pi**2


def run_smeft(content: WcxfContent, where: object) -> WcxfContent:
    """Content in the JMS basis of WET at ``B_SCALE``, by ``wilson`` (arXiv:1804.05033), or ``rgevolve`` without it.

    Both with the parameters that come with them.

    Parameters
    ----------
    where
        What the content is, for error messages: usually the path of the file.

    Raises
    ------
    InputError
        If neither is installed, the basis or a name is unknown, there is an imaginary part where the operator is
        hermitian, or they cannot run; if the scale is below m_Z, or a coefficient or the result is too large.
    """
    run = next((run for name, run in _PROGRAMS.items() if _is_installed(name)), None)
    if run is None:
        raise InputError(
            f"{where}: coefficients of SMEFT at {content.scale:g} GeV need running and matching to the scale of b "
            "quarks: pip install 'jaxflav[running]', or give a file of WET, to which wilson or DsixTools translate"
        )
    _check(content, where)
    values = run(content, where)
    if not np.all(np.isfinite(list(values.values()))):
        raise InputError(f"{where}: the coefficients at {B_SCALE} GeV are not finite; are those of SMEFT too large?")
    return WcxfContent("WET", "JMS", B_SCALE, values)


def _is_installed(name):
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _check(content, where):
    if content.scale < _MATCHING_SCALE:
        raise InputError(
            f"{where}: the scale {content.scale:g} GeV of SMEFT is below m_Z = {_MATCHING_SCALE} GeV, where WET takes "
            "its place"
        )
    for name, value in content.values.items():
        if content.basis.startswith("Warsaw") and abs(value) * content.scale**2 > _PERTURBATIVE:
            raise InputError(
                f"{where}: {name} = {value} times the square of the scale is above 16 pi^2, too strong to run; "
                "coefficients of SMEFT are in GeV^-2"
            )


def _by_wilson(content, where):
    import wilson
    from wilson import wcxf

    known = {name: basis for (eft, name), basis in wcxf.Basis.instances.items() if eft == "SMEFT"}
    if content.basis not in known:
        raise InputError(f"{where}: unknown basis {content.basis!r} of SMEFT; wilson knows {', '.join(sorted(known))}")
    entries = {name: entry for sector in known[content.basis].sectors.values() for name, entry in sector.items()}
    for name, value in content.values.items():
        if name not in entries:
            raise InputError(
                f"{where}: {name} is not a coefficient of the basis {content.basis} of SMEFT in WCxf, which has one of "
                "each hermitian conjugate pair"
            )
        if value.imag != 0 and (entries[name] or {}).get("real"):
            raise InputError(
                f"{where}: {name} must be real, its operator is hermitian; found {value}: the matrix is not hermitian"
            )
    try:
        given = wcxf.WC("SMEFT", content.basis, content.scale, wcxf.WC.dict2values(content.values))
        found = wilson.Wilson.from_wc(given).match_run(B_SCALE, "WET", "JMS", sectors=("sbnunu",)).dict
    except Exception as error:
        raise InputError(f"{where}: wilson could not run the coefficients ({type(error).__name__}: {error})") from error
    return {name: complex(found.get(name, 0)) for name in basis_names("JMS")}


def _by_rgevolve(content, where):
    try:
        found = smeft_evolution(tuple(content.values), content.scale, content.basis)(content.values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return {name: complex(value) for name, value in found.items()}


_PROGRAMS = {"wilson": _by_wilson, "rgevolve": _by_rgevolve}
