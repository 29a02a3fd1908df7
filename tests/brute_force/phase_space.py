"""Momenta, amplitudes, spin sums and phase-space integrals."""

import numpy as np

from tests.brute_force import hadronic
from tests.brute_force.dirac import dot

# spin sums over currents of spin 0 and 1 are polynomials of degree 2 in the direction: these are exact
COSINES = 4
AZIMUTHS = 5


def kallen(a, b, c):
    """Kallen function of squared masses given by their roots, factorised so that nothing cancels at threshold."""
    return (a - b - c) * (a + b + c) * (a - b + c) * (a + b - c)


def directions(cosines=COSINES, azimuths=AZIMUTHS):
    """Unit vectors [point, 3] and weights that average over the sphere."""
    cos, weights = np.polynomial.legendre.leggauss(cosines)
    phi = 2 * np.pi * (np.arange(azimuths) + 0.3) / azimuths
    cos, phi = (x.ravel() for x in np.meshgrid(cos, phi, indexing="ij"))
    sin = np.sqrt(1 - cos**2)
    return np.stack([sin * np.cos(phi), sin * np.sin(phi), cos], axis=-1), np.repeat(weights, azimuths) / (2 * azimuths)


def boost(k, q):
    """Momenta k [..., 4] of the rest frame of q, seen in the frame where the total momentum is q."""
    mass = np.sqrt(dot(q, q))
    gamma_beta = q[1:] / mass
    along = k[..., 1:] @ gamma_beta
    energy = (q[0] * k[..., 0]) / mass + along
    space = k[..., 1:] + gamma_beta * ((along / (q[0] / mass + 1)) + k[..., 0])[..., None]
    return np.concatenate([energy[..., None], space], axis=-1)


def meson_momenta(m_B, m_K, root_q2):
    """Four-momenta of B at rest, of the meson along +z and of the rest along -z."""
    p = np.sqrt(kallen(m_B, m_K, root_q2)) / (2 * m_B)
    k = np.array([np.sqrt(p**2 + m_K**2), 0, 0, p])
    return p, np.array([m_B, 0, 0, 0]), k, np.array([np.sqrt(p**2 + root_q2**2), 0, 0, -p])


def pair_momenta(q, m1, m2):
    """Momentum of the pair in its rest frame, momenta [point, 4] of both in the frame of q, and weights."""
    root_q2 = np.sqrt(dot(q, q))
    momentum = np.sqrt(kallen(root_q2, m1, m2)) / (2 * root_q2)
    n, weights = directions()
    first, second = (
        np.concatenate([np.full((len(n), 1), np.sqrt(momentum**2 + m**2)), sign * momentum * n], axis=1)
        for m, sign in ((m1, 1), (m2, -1))
    )
    return momentum, boost(first, q), boost(second, q), weights


def squared_amplitude(couplings, quarks, currents, scale):
    """The sum over the spins of the invisible particles of |M|^2, [helicity, point]."""
    amplitude = 0.0
    for name, value in couplings.items():
        structure, power, array = currents[name]
        if structure not in quarks:  # the matrix element vanishes by parity
            continue
        factor = value * (scale**-power if power else 1.0)
        if structure in ("S", "P"):
            amplitude = amplitude + factor * np.einsum("h,xst->hxst", quarks[structure], array)
        elif structure in ("V", "A"):
            amplitude = amplitude + factor * np.einsum("hm,xstm->hxst", quarks[structure], array)
        else:
            amplitude = amplitude + factor * np.einsum("hmn,xstmn->hxst", quarks[structure], array)
    if np.ndim(amplitude) == 0:
        return np.zeros((len(next(iter(quarks.values()))), 1))
    return np.sum(np.abs(amplitude) ** 2, axis=(2, 3))


def two_body(meson, current, couplings, mass, m_B, m_K, m_b, m_s, scale, form_factors):
    """Gamma of B -> meson + X for each helicity of the meson, GeV."""
    p, p_B, k, q = meson_momenta(m_B, m_K, mass)
    quarks = getattr(hadronic, meson)(p_B, k, m_B, m_K, m_b, m_s, form_factors)
    squared = squared_amplitude(couplings, quarks, current(q[None], mass), scale)
    return p / (8 * np.pi * m_B**2) * squared[:, 0]


def three_body(meson, current, couplings, masses, q2, m_B, m_K, m_b, m_s, scale, form_factors):
    """The rate dGamma/dq2 of B -> meson + X1 + X2 for each helicity of the meson, 1/GeV."""
    p, p_B, k, q = meson_momenta(m_B, m_K, np.sqrt(q2))
    quarks = getattr(hadronic, meson)(p_B, k, m_B, m_K, m_b, m_s, form_factors)
    momentum, k1, k2, weights = pair_momenta(q, *masses)
    squared = squared_amplitude(couplings, quarks, current(k1, masses[0], k2, masses[1]), scale)
    average = np.sum(squared * weights, axis=-1)  # if the couplings give nothing, 0 of one point
    # dPhi_3 = dq2/(2 pi) dPhi_2(B -> meson q) dPhi_2(q -> X1 X2), dPhi_2 = |k|/(4 pi E_cm) dOmega/(4 pi)
    return average / (2 * m_B) / (2 * np.pi) * p / (4 * np.pi * m_B) * momentum / (4 * np.pi * np.sqrt(q2))


def annihilation(current, couplings, masses, m_B, m_b, m_s, scale, form_factors):
    """Gamma of B_s -> X1 X2, GeV."""
    p_B = np.array([m_B, 0.0, 0.0, 0.0])
    quarks = hadronic.vacuum(p_B, m_B, m_b, m_s, form_factors)
    momentum, k1, k2, weights = pair_momenta(p_B, *masses)
    squared = squared_amplitude(couplings, quarks, current(k1, masses[0], k2, masses[1]), scale)
    return np.sum(squared[0] * weights) / (2 * m_B) * momentum / (4 * np.pi * m_B)
