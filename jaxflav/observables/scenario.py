"""What B mesons decay into, besides the meson that is seen."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.couplings.base import Couplings
from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.spectra.visibility import Visibility


class Scenario(eqx.Module):
    """Couplings and mass of the new particles, and what is added to them without interference.

    Attributes
    ----------
    couplings
        Of one family, a function that makes them from ``Parameters``, or None: the Standard Model alone. Neutrino
        couplings have alpha, G_F, the CKM element and the Standard Model in them; as a function, such as
        ``sm_neutrino_couplings``, their uncertainties are those of the parameters, as a module they are fixed.
    mass
        Of one new particle, GeV; not used for neutrinos.
    width
        Of a single new particle at its mass, GeV; 0 for a true line.
    visibility
        What becomes of unstable particles; None if they are stable.
    standard_model
        Static. Whether to add the short-distance neutrinos of the Standard Model; neutrino couplings contain them.
    tau_tree
        Static. Whether to add B+ -> tau+ nu, tau+ -> K(*)+ nubar, which experiments usually count as background.
    paper_signs
        Static. Whether vector and tensor couplings interfere with the signs printed in arXiv:2403.13887 instead of the
        physical ones; see ``particle_rate`` and ``pair_density``.

    Raises
    ------
    InputError
        If mass or width are negative or not finite, or there is nothing to decay into.
    """

    couplings: Couplings | NeutrinoCouplings | Callable[[Parameters], Any] | None
    mass: Float[Array, ""]
    width: Float[Array, ""] | None
    visibility: Visibility | None
    standard_model: bool = eqx.field(static=True)
    tau_tree: bool = eqx.field(static=True)
    paper_signs: bool = eqx.field(static=True)

    def __init__(
        self,
        couplings: Any = None,
        mass: Any = 0.0,
        *,
        width: Any = None,
        visibility: Visibility | None = None,
        standard_model: bool = True,
        tau_tree: bool = False,
        paper_signs: bool = False,
    ):
        self.couplings = couplings
        self.mass = _not_negative("mass", mass)
        self.width = None if width is None else _not_negative("width", width)
        self.visibility = visibility
        self.standard_model, self.tau_tree, self.paper_signs = standard_model, tau_tree, paper_signs
        if couplings is None and not (standard_model or tau_tree):
            raise InputError("a scenario needs couplings, the Standard Model or the tree-level tau; found none of them")

    def couplings_at(self, parameters: Parameters) -> Couplings | NeutrinoCouplings | None:
        """The couplings, made from the parameters if they are given as a function."""
        is_module = isinstance(self.couplings, Couplings | NeutrinoCouplings)
        return self.couplings if is_module or self.couplings is None else self.couplings(parameters)


def _not_negative(name, value):
    value = jnp.asarray(value, float)
    if not isinstance(value, jax.core.Tracer) and not (value.ndim == 0 and np.isfinite(value) and value >= 0):
        raise InputError(f"{name} of the new particle must be one finite number of GeV, not negative; found {value}")
    return value
