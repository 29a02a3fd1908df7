"""Neutrinos: the Standard Model, and the currents of the weak effective theory."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from jaxflav.couplings.neutrino import NeutrinoCouplings
from jaxflav.numerics.complex_values import abs2
from jaxflav.rates.currents import InvisibleCurrents
from jaxflav.rates.kinematics import meson_momentum, pair_velocity2


def b_to_k_neutrinos(
    q2: Float[Array, "*n"],
    f_plus: Float[Array, "*n"],
    *,
    m_B: Float[Array, ""],
    m_K: Float[Array, ""],
    G_F: Float[Array, ""],
    alpha: Float[Array, ""],
    sin2_theta_w: Float[Array, ""],
    lambda_t: Inexact[Array, ""],
    X_t: Float[Array, ""],
) -> Float[Array, "*n"]:
    """Short-distance dGamma/dq2 of B -> K nu nubar, summed over three massless flavours, in GeV^-1.

    Parameters
    ----------
    q2
        GeV^2.
    f_plus
        Form factor f_+ at q2.
    m_B, m_K
        GeV.
    G_F
        GeV^-2.
    alpha, sin2_theta_w
        Electromagnetic coupling and squared sine of the weak mixing angle at m_Z.
    lambda_t
        V_tb V_ts^*, or its modulus.
    X_t
        Loop function.

    References
    ----------
    Bolton et al., arXiv:2403.13887, Eq. (B20), with |p_K|^3 in all: one power of |p_K| less
    than printed, as the dimension requires.
    """
    p = meson_momentum(m_B, m_K, q2)
    prefactor = G_F**2 * alpha**2 * abs2(lambda_t) * X_t**2 / (32 * jnp.pi**5 * sin2_theta_w**2)
    # Bolton et al. 2024 (B20); no neutrino pair has q2 < 0
    return jnp.where(q2 >= 0, prefactor * p**3 * f_plus**2, 0.0)


def neutrino_currents(couplings: NeutrinoCouplings, q2: Float[Array, "*n"]) -> InvisibleCurrents:
    """Currents of two massless neutrinos, summed over the nine pairs of flavours; q2 in GeV^2.

    Vector, scalar and tensor operators do not interfere. Two neutrinos of one flavour, which are identical in the
    operators that violate lepton number, are contained in the sums: twice the amplitude, half the phase space.

    References
    ----------
    Bolton et al., arXiv:2403.13887, Eqs. (B17)-(B22); operators as in Felkl, Li, Schmidt, arXiv:2111.04327.
    """
    c = couplings
    vector, axial = (c.unit**2 * jnp.sum(abs2(C)) / 8 for C in (c.C_L + c.C_R, c.C_L - c.C_R))
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
