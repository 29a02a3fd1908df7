"""B -> K nu nubar in the Standard Model."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from jaxflav.numerics.complex_values import abs2
from jaxflav.rates.kinematics import meson_momentum


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
