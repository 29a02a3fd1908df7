"""Matrix elements of the quark currents, as functions of four-momenta and values of the form factors.

Each function returns {structure: array [helicity, lower Lorentz indices]} with the structures

    S: sbar b,  P: sbar g5 b,  V: sbar g_m b,  A: sbar g_m g5 b,  T: sbar sigma_mn b,  Tt: sbar sigma_mn g5 b;

one that vanishes is absent. Form factors are floats at one q2:
f_plus, f_0, f_T for K; V, A_0, A_1, A_12, T_1, T_2, T_23 for K*; f_B, the decay constant, for B_s -> 0.
"""

import numpy as np

from tests.brute_force.dirac import EPSILON_LOWER, METRIC, dot, lower


def _times_gamma_5(tensor):
    """Currents sbar sigma_mn g5 b from sbar sigma_mn b, by sigma_mn g5 = (i/2) eps_mnab sigma^ab."""
    upper = np.einsum("ma,nb,...ab->...mn", METRIC, METRIC, tensor)
    return 0.5j * np.einsum("mnab,...ab->...mn", EPSILON_LOWER, upper)


def pseudoscalar(p, k, m_B, m_K, m_b, m_s, form_factors):
    """B(p) -> K(k): arXiv:2403.13887, (C1)-(C3). One helicity."""
    f_plus, f_0, f_T = (form_factors[name] for name in ("f_plus", "f_0", "f_T"))
    P, q = lower(p + k), lower(p - k)
    q2 = dot(p - k, p - k)
    difference = m_B**2 - m_K**2
    vector = (P - difference / q2 * q) * f_plus + difference / q2 * q * f_0
    tensor = 1j * (np.outer(P, q) - np.outer(q, P)) / (m_B + m_K) * f_T
    currents = {"S": np.array(difference / (m_b - m_s) * f_0), "V": vector, "T": tensor, "Tt": _times_gamma_5(tensor)}
    return {structure: current[None] for structure, current in currents.items()}


def helicity_vectors(k, m):
    """Polarisation vectors of helicity +1, 0, -1 for a momentum k along +z, [3, 4], upper index."""
    momentum = k[3]
    assert momentum >= 0
    assert not k[1:3].any()
    plus, minus = (np.array([0, -sign, -1j, 0]) / np.sqrt(2) for sign in (1, -1))
    return np.array([plus, np.array([momentum, 0, 0, k[0]]) / m, minus])


def vector(p, k, m_B, m_K, m_b, m_s, form_factors):
    """B(p) -> K*(k), k along +z: arXiv:2403.13887, (C4)-(C11). Helicities +1, 0, -1.

    (C5) has the sign -2 eps, which heavy-quark symmetry demands beside (C7); as printed it is +2 eps.
    """
    V, A_0, A_1, A_12, T_1, T_2, T_23 = (form_factors[x] for x in ("V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23"))
    P, q = p + k, p - k
    q2 = dot(q, q)
    total, difference = m_B + m_K, m_B**2 - m_K**2
    kallen = (m_B**2 - q2 - m_K**2) ** 2 - 4 * q2 * m_K**2
    # (C10), (C11), (C8), (C9) solved for A_2, T_3, T~_3, A_3
    A_2 = (total**2 * (difference - q2) * A_1 - 16 * m_B * m_K**2 * total * A_12) / kallen
    T_3 = (difference * (m_B**2 + 3 * m_K**2 - q2) * T_2 - 8 * m_B * m_K**2 * (m_B - m_K) * T_23) / kallen
    T_3_tilde = T_2 + q2 / difference * T_3
    A_3 = total / (2 * m_K) * A_1 - (m_B - m_K) / (2 * m_K) * A_2

    conj = np.conj(helicity_vectors(k, m_K))  # eps*^mu
    along = dot(conj, q)
    P_low, q_low = lower(P), lower(q)
    pseudoscalar_density = -2j * m_K * along / (m_b + m_s) * A_0  # (C4)
    vector_current = -2 * np.einsum("mnab,hn,a,b->hm", EPSILON_LOWER, conj, p, k) / total * V  # (C5)
    axial = 1j * (  # (C6)
        np.outer(along, q_low) * 2 * m_K / q2 * (A_0 - A_3)
        + total * lower(conj) * A_1
        - np.outer(along, P_low) / total * A_2
    )
    bracket = (  # (C7), the square bracket with alpha, beta up and eps*_rho contracted
        np.einsum("a,hb->hab", (P - difference / q2 * q) * T_1 + difference / q2 * q * T_2, conj)
        + np.einsum("h,a,b->hab", along, q, P) / q2 * (T_1 - T_3_tilde)
    )
    tensor = -1j * np.einsum("mnab,hab->hmn", EPSILON_LOWER, bracket)
    return {
        "P": pseudoscalar_density,
        "V": vector_current,
        "A": axial,
        "T": tensor,
        "Tt": _times_gamma_5(tensor),
    }


def vacuum(p, m_B, m_b, m_s, form_factors):
    """B_s(p) -> 0: arXiv:2403.13887, (C12). One helicity."""
    f_B = form_factors["f_B"]
    return {"A": (1j * f_B * lower(p))[None], "P": np.array([-1j * m_B**2 * f_B / (m_b + m_s)])}
