"""Names of observables: which quantity, of which decay, in which bin."""

import re
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.rates.decays import ALL_DECAYS, Decay, InvisibleDecay

DECAYS = {decay.name: decay for decay in ALL_DECAYS}
QUANTITIES = ("BR", "FL", "R", "share")
_DENSITIES = {"BR": "dBR/dq2", "share": "dshare/dq2"}
_FORM = re.compile(r"\s*([\w/]+)\s*\(\s*([^()]+?)\s*\)\s*(?:\[\s*([^\],]+),([^\],]+)\]|\(([^()]+)\))?\s*")
_EXAMPLES = "'BR(B+ -> K+)', 'FL(B0 -> K*0)[4, 8]', 'R(B0 -> K*0)' or 'dBR/dq2(B+ -> K+)(4.5)'"


class Observable(eqx.Module):
    """A quantity of a decay, integrated over a bin of q2 or at a point.

    Attributes
    ----------
    quantity
        "BR", branching fraction; "FL", longitudinal polarisation, the ratio of the integrals; "R", the branching
        fraction over that of the Standard Model, both of short distance; "share", the part of the branching fraction
        that is in the bin, so the normalised spectrum.
    decay
        Such as ``B_PLUS_TO_K_PLUS``, or ``B_S_TO_INVISIBLE``, which has a branching fraction only.
    bin
        Two values of q2, GeV^2; 0 and infinity for all of phase space. Equal for a point, where BR and share are the
        densities dBR/dq2 and dshare/dq2, GeV^-2.
    is_point
        Whether this is the value at a point.

    Raises
    ------
    InputError
        If the decay does not have the quantity, or the bin is empty or negative.
    """

    quantity: str = eqx.field(static=True)
    decay: Decay | InvisibleDecay
    bin: Float[Array, "2"]
    is_point: bool = eqx.field(static=True)

    def __init__(self, quantity: str, decay: Decay | InvisibleDecay, bin: Any = (0.0, np.inf), *, q2: Any = None):
        if quantity not in QUANTITIES:
            raise UnknownNameError("quantity", quantity, QUANTITIES)
        self.quantity, self.decay, self.is_point = quantity, decay, q2 is not None
        low, high = np.asarray((q2, q2) if self.is_point else bin, float)
        self.bin = jnp.asarray((low, high))
        if isinstance(decay, InvisibleDecay):
            if quantity != "BR" or self.is_point or (low, high) != (0, np.inf):
                raise InputError(f"{decay.name} has no spectrum: ask for its branching fraction, BR({decay.name})")
        elif quantity == "FL" and find_process(decay.process) is not TO_VECTOR:
            raise InputError(f"F_L needs a vector meson in the final state, such as B0 -> K*0; found {decay.name}")
        if not (low >= 0 and (np.isfinite(low) if self.is_point else high > low)):
            raise InputError(f"q2 must be in a bin 0 <= low < high or at a point >= 0, GeV^2; found {(low, high)}")

    @property
    def name(self) -> str:
        """Text that ``parse_observable`` reads."""
        low, high = (float(x) for x in self.bin)
        if self.is_point:
            return f"{_DENSITIES.get(self.quantity, self.quantity)}({self.decay.name})({low:g})"
        everything = low == 0 and np.isinf(high)
        return f"{self.quantity}({self.decay.name})" + ("" if everything else f"[{low:g}, {high:g}]")


def find_decay(name: str) -> Decay | InvisibleDecay:
    """Decay by its name, such as "B+ -> K+"; raises ``UnknownNameError``."""
    compact = {known.replace(" ", ""): known for known in DECAYS}
    found = compact.get(name.replace(" ", ""))
    if found is None:
        raise UnknownNameError("decay", name, DECAYS)
    return DECAYS[found]


def parse_observable(text: str) -> Observable:
    """Observable from text: QUANTITY(DECAY), with [LOW, HIGH] for a bin, or (Q2) for a point.

    Quantities are BR, FL, R and share; at a point dBR/dq2, FL, R and dshare/dq2.

    Raises
    ------
    InputError
        If the text is not of this form, or names an unknown quantity or decay.
    """
    match = _FORM.fullmatch(text)
    form = f"expected an observable such as {_EXAMPLES}; found {text!r}"
    if match is None:
        raise InputError(form)
    quantity, decay, low, high, point = match.groups()
    densities = {density: name for name, density in _DENSITIES.items()}
    if (quantity in densities) != (quantity not in QUANTITIES) and quantity not in QUANTITIES:
        raise UnknownNameError("quantity", quantity, (*QUANTITIES, *densities))
    if (quantity in densities) != (point is not None and quantity not in ("FL", "R")):
        raise InputError(f"{form}: densities, dBR/dq2 and dshare/dq2, have a point (Q2), BR and share a bin or nothing")
    try:
        low, high, point = (None if x is None else float(x) for x in (low, high, point))
    except ValueError:
        raise InputError(f"{form}: the limits must be numbers of GeV^2") from None
    quantity, found = densities.get(quantity, quantity), find_decay(decay)
    if point is not None:
        return Observable(quantity, found, q2=point)
    return Observable(quantity, found) if low is None else Observable(quantity, found, (low, high))
