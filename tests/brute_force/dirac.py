"""Dirac matrices, spinors, polarisation vectors and Rarita-Schwinger spinors, all explicit.

Momenta are arrays [..., 4] with upper index; a spin label comes next, then Lorentz indices, then the spinor index.
"""

from itertools import permutations

import numpy as np

METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
SIGNS = np.diag(METRIC)

_PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
IDENTITY = np.eye(4, dtype=complex)
# gamma^mu in the Dirac representation
GAMMA = np.zeros((4, 4, 4), dtype=complex)
GAMMA[0] = np.diag([1, 1, -1, -1])
GAMMA[1:, :2, 2:] = _PAULI
GAMMA[1:, 2:, :2] = -_PAULI
GAMMA_5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
# sigma^{mu nu}
SIGMA = 0.5j * (np.einsum("mij,njk->mnik", GAMMA, GAMMA) - np.einsum("nij,mjk->mnik", GAMMA, GAMMA))
# C with C^T = -C and C^-1 gamma^mu C = -(gamma^mu)^T
CHARGE_CONJUGATION = 1j * GAMMA[2] @ GAMMA[0]


def _levi_civita():
    epsilon = np.zeros((4, 4, 4, 4))
    for indices in permutations(range(4)):
        epsilon[indices] = np.linalg.det(np.eye(4)[list(indices)])
    return np.round(epsilon)


EPSILON_UPPER = _levi_civita()  # eps^{0123} = +1
EPSILON_LOWER = -EPSILON_UPPER


def lower(vector):
    """Lower (or raise) the last index."""
    return vector * SIGNS


def dot(a, b):
    """Lorentz product over the last index, with no complex conjugation."""
    return np.sum(a * lower(b), axis=-1)


def slash(k):
    """The matrix k-slash."""
    return np.einsum("...m,mij->...ij", lower(k), GAMMA)


def bar(u):
    """Dirac adjoint over the last index; Lorentz indices are conjugated with it."""
    return np.conj(u) @ GAMMA[0]


def charge_conjugate(u):
    """The spinor C ubar^T of the antiparticle in the same spin state."""
    return np.einsum("ij,...j->...i", CHARGE_CONJUGATION, bar(u))


def spinor_u(k, m):
    """Spinors u(k, s) for spin up and down along z in the rest frame, [..., 2, 4], with ubar u = 2m."""
    rest = IDENTITY[:2]
    matrix = slash(k) + m * IDENTITY
    return np.einsum("...ij,sj->...si", matrix, rest) / np.sqrt(k[..., 0] + m)[..., None, None]


def spinor_v(k, m):
    """Spinors v(k, s) = C ubar(k, s)^T, [..., 2, 4]."""
    return charge_conjugate(spinor_u(k, m))


def polarisation_vectors(k, m):
    """Vectors eps^mu(k, s) of a massive vector, s = +1, 0, -1 along z in the rest frame, [..., 3, 4]."""
    rest = np.array([[-1, -1j, 0], [0, 0, np.sqrt(2)], [1, -1j, 0]]) / np.sqrt(2)
    energy, three = k[..., 0], k[..., 1:]
    along = np.einsum("...i,si->...s", three, rest)
    space = rest + three[..., None, :] * (along / (m * (energy + m))[..., None])[..., None]
    return np.concatenate([(along / m)[..., None], space], axis=-1)


# <1 a, 1/2 b | 3/2 s>: rows s = 3/2, 1/2, -1/2, -3/2; a = +1, 0, -1; b = +1/2, -1/2
CLEBSCH_GORDAN = np.zeros((4, 3, 2))
CLEBSCH_GORDAN[0, 0, 0] = CLEBSCH_GORDAN[3, 2, 1] = 1
CLEBSCH_GORDAN[1, 0, 1] = CLEBSCH_GORDAN[2, 2, 0] = np.sqrt(1 / 3)
CLEBSCH_GORDAN[1, 1, 0] = CLEBSCH_GORDAN[2, 1, 1] = np.sqrt(2 / 3)


def rarita_schwinger_u(k, m):
    """Spinors u^mu(k, s) of spin 3/2, [..., 4 spins, 4 mu, 4 spinor]."""
    return np.einsum("sab,...am,...bi->...smi", CLEBSCH_GORDAN, polarisation_vectors(k, m), spinor_u(k, m))


def rarita_schwinger_v(k, m):
    """Spinors v^mu(k, s) of the antiparticle of spin 3/2, which has eps* and v."""
    return charge_conjugate(rarita_schwinger_u(k, m))
