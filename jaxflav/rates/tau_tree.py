"""B+ -> tau+ nu, tau+ -> K(*)+ nubar: neutrinos at tree level, through a tau on its mass shell.

The tau flies a fraction of a millimetre, and the final state is that of the rare decay. With a width of 2e-12 GeV it
does not interfere with the short-distance amplitude. Two charged currents at a vertex each give, at fixed
q2 = (p_nu + p_nubar)^2, the amplitude m_tau^2 ubar(nu) eslash (1 - gamma_5) v(nubar), with p of the meson for e if it
is a pseudoscalar, and with its polarisation times its mass if it is a vector.

References
----------
Kamenik, Smith, arXiv:0908.1174.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.safe import safe_divide, zero_where
from jaxflav.rates.hadronic import PolarisedRate


def b_to_tau(
    *, m_B: Float[Array, ""], m_tau: Float[Array, ""], f_B: Float[Array, ""], G_F: Float[Array, ""], V_ub
) -> Float[Array, ""]:
    """Rate of B+ -> tau+ nu in GeV; masses and decay constant in GeV, G_F in GeV^-2."""
    return G_F**2 / (8 * jnp.pi) * V_ub**2 * f_B**2 * m_B * m_tau**2 * (1 - m_tau**2 / m_B**2) ** 2


def tau_to_meson(
    *, m_tau: Float[Array, ""], m_K: Float[Array, ""], f_K: Float[Array, ""], G_F: Float[Array, ""], V_us, vector: bool
) -> Float[Array, ""]:
    """Rate of tau+ -> K+ nubar, or of tau+ -> K*+ nubar if ``vector``, in GeV; masses and decay constant in GeV."""
    r = m_K**2 / m_tau**2
    spin = 1 + 2 * r if vector else 1.0
    return G_F**2 / (16 * jnp.pi) * V_us**2 * f_K**2 * m_tau**3 * (1 - r) ** 2 * spin


def tau_end_point(m_B: Float[Array, ""], m_K: Float[Array, ""], m_tau: Float[Array, ""]) -> Float[Array, ""]:
    """Largest q2 of the two neutrinos, (m_B^2 - m_tau^2)(m_tau^2 - m_K^2)/m_tau^2, in GeV^2; masses in GeV."""
    return (m_B**2 - m_tau**2) * (m_tau**2 - m_K**2) / m_tau**2


def tau_shape_pseudoscalar(
    q2: Float[Array, "*n"], *, m_B: Float[Array, ""], m_K: Float[Array, ""], m_tau: Float[Array, ""]
) -> Float[Array, "*n"]:
    """Distribution of q2 for a pseudoscalar, normalised to 1, GeV^-2; a straight line down to 0 at its end point.

    References
    ----------
    arXiv:0908.1174: dGamma/dq2 ~ (m_B^2 - m_tau^2)(m_tau^2 - m_K^2) - m_tau^2 q2.
    """
    end = tau_end_point(m_B, m_K, m_tau)
    return zero_where((q2 < 0) | (q2 >= end), 2 * (end - q2) / end**2)


def tau_shape_vector(
    q2: Float[Array, "*n"], *, m_B: Float[Array, ""], m_K: Float[Array, ""], m_tau: Float[Array, ""]
) -> PolarisedRate:
    """Distribution of q2 for a vector meson by its helicity in the rest frame of B, the sum normalised to 1, GeV^-2.

    Notes
    -----
    With k = p(nu), l = p(nubar), p of the meson and its polarisation e, the spin sum is 2 (k.e)(l.e) - e^2 k.l. Summed
    over e it is, times m_K^2, [(m_B^2 - m_tau^2)(m_tau^2 - m_K^2) - q2 (m_tau^2 - 2 m_K^2)]/2. For helicity 0
    in the rest frame of B, e = (E p/m_K - m_K P/m_B)/|p|.
    """
    end = tau_end_point(m_B, m_K, m_tau)
    kp, lp = (m_B**2 - m_tau**2 - q2) / 2, (m_tau**2 - m_K**2) / 2
    kP, lP = kp + q2 / 2, lp + q2 / 2
    energy = (m_B**2 + m_K**2 - q2) / (2 * m_B)
    # e . k and e . l times |p| m_K
    ke, le = (energy * xp - m_K**2 * xP / m_B for xp, xP in ((kp, kP), (lp, lP)))
    summed = 2 * kp * lp + m_K**2 * q2 / 2  # times m_K^2
    # |p|^2 >= 0 vanishes nowhere on the tau's phase space, which ends below that of the meson
    longitudinal = safe_divide(2 * ke * le, energy**2 - m_K**2) + m_K**2 * q2 / 2
    norm = end**2 * (m_tau**2 / 2 + m_K**2) / 2
    outside = (q2 < 0) | (q2 >= end)
    return PolarisedRate(*(zero_where(outside, part / norm) for part in (longitudinal, summed - longitudinal)))
