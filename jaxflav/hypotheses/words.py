"""From what a function of the user returns, named numbers, to a state."""

from collections.abc import Mapping, Sequence
from typing import Any

from jaxflav.couplings.base import Couplings, PairCouplings
from jaxflav.couplings.families import FAMILIES, coupling_names
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.hypotheses.state import Line, Particles, State
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.spectra.visibility import Visibility

_KEYS = ("mass", "width", "invisible_fraction", "c_tau", "scale", "family", "self_conjugate", "couplings", "other")
_RADIUS = 1.0  # m, of the detector, within which a decay is seen


def state_of(result: Any) -> State:
    """State from a mapping of named values, a sequence of them, or a state.

    Raises
    ------
    InputError
        If it is something else, or its keys do not belong together.
    UnknownNameError
        If a key is no coupling and none of the other words.
    """
    if isinstance(result, State):
        return result
    sets = result if isinstance(result, Sequence) and not isinstance(result, str) else [result]
    other: dict[str, Any] = {}
    particles = []
    for one in sets:
        if isinstance(one, Particles | Line):
            particles.append(one)
            continue
        if not isinstance(one, Mapping):
            raise InputError(
                f"the function returns {type(one).__name__}, expected a mapping such as {{'h_V': ..., 'mass': ...}}"
            )
        other |= one.get("other", {})
        if set(one) - {"other"}:
            particles.append(_particles(one))
    return State(tuple(particles), other)


def _particles(given):
    values = {name: value for name, value in given.items() if name not in _KEYS}
    couplings = given.get("couplings")
    if couplings is None:
        couplings = _couplings(given, values)
    elif values or not isinstance(couplings, Couplings | NeutrinoCouplings):
        raise InputError(f"'couplings' takes one object of couplings and no others, found {', '.join(given)}")
    particles = Particles(couplings, given.get("mass", 0.0), width=given.get("width"))
    if {"c_tau", "width"} & set(given) and not particles.is_alone:
        raise InputError(
            "width and c_tau are of one particle; for a pair give 'invisible_fraction' of its decays alone"
        )
    visibility, factor = None, 1.0
    if "c_tau" in given:
        fraction = given.get("invisible_fraction", 0.0)
        visibility = Visibility(invisible_fraction=fraction, c_tau=given["c_tau"], length=_RADIUS)
    elif "invisible_fraction" in given:
        factor = given["invisible_fraction"] ** particles.massive  # both of a pair must decay invisibly
    return Particles(couplings, particles.mass, width=particles.width, visibility=visibility, factor=factor)


def _couplings(given, values):
    known = {family: coupling_names(family) for family in FAMILIES}
    families = (
        [given["family"]] if "family" in given else [f for f, names in known.items() if set(values) <= set(names)]
    )
    if not values or not families:
        every = sorted({name for names in known.values() for name in names})
        wrong = next((name for name in values if name not in every), None)
        if wrong is not None:
            raise UnknownNameError("coupling or key that the function returns", wrong, (*every, *_KEYS))
        raise InputError(
            f"expected couplings of one family, found {', '.join(values) or 'none'}; return a list for several"
        )
    if len(families) > 1:
        raise InputError(f"{', '.join(values)} may be of {' or '.join(families)}: add the key 'family'")
    (family,) = families
    if family not in FAMILIES:
        raise UnknownNameError("family of couplings", str(family), FAMILIES)
    kind, options = FAMILIES[family], {key: given[key] for key in ("scale", "self_conjugate") if key in given}
    if "self_conjugate" in options and not issubclass(kind, PairCouplings):
        raise InputError(f"{family} has no pair of particles that could be identical; leave 'self_conjugate' out")
    return kind(**values, **options)
