"""Neutrinos: the Standard Model, and the currents of the weak effective theory."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.numerics.complex_values import abs2
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.kinematics import Kinematics, pair_velocity2


def neutrino_currents(
    couplings: NeutrinoCouplings, mass: Float[Array, ""], q2: Float[Array, "*n"], kinematics: Kinematics
) -> InvisibleCurrents:
    """Currents of two massless neutrinos, summed over the nine pairs of flavours; q2 in GeV^2.

    The mass and the masses of the quarks do not enter.

    Vector, scalar and tensor operators do not interfere. Two neutrinos of one flavour, which are identical in the
    operators that violate lepton number, are contained in the sums: twice the amplitude, half the phase space.

    References
    ----------
    Bolton et al., arXiv:2403.13887, Eqs. (B17)-(B22); operators as in Felkl, Li, Schmidt, arXiv:2111.04327.
    """
    c = couplings
    vector, axial = (abs2(c.unit) * jnp.sum(abs2(C)) / 8 for C in (c.C_L + c.C_R, c.C_L - c.C_R))
    scalar, pseudoscalar = (
        (jnp.sum(abs2(c.SLL + sign * c.SLR)) + jnp.sum(abs2(c.SLL_bs + sign * c.SLR_bs))) / 4 for sign in (1, -1)
    )
    tensor = jnp.sum(abs2(c.TLL)) + jnp.sum(abs2(c.TLL_bs))
    return InvisibleCurrents(
        velocity=pair_velocity2(jnp.zeros(()), q2),
        vector=vector,
        axial=axial,
        scalar=q2 * scalar,
        pseudoscalar=q2 * pseudoscalar,
        tensor=tensor,
        tensor_5=tensor,
    )
