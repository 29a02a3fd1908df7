"""The Bourrely-Caprini-Lellouch (BCL) expansion of f_+, in which the simulation of Belle II is given."""

import numpy as np


def f_plus_bcl(
    q2: np.ndarray,
    coefficients: np.ndarray,
    pole_mass: float,
    m_parent: float,
    m_daughter: float,
    t0: float = 0.0,
) -> np.ndarray:
    """Vector form factor f_+ of B -> P in the BCL expansion (NumPy, on the host).

    f_+ = 1/(1 - q2/m_pole^2) sum_n a_n [z^n - (-1)^(n-N) n/N z^N], n < N, where the last term enforces the
    behaviour at the pair threshold.

    Parameters
    ----------
    q2 : array
        In GeV^2, below (m_parent + m_daughter)^2.
    coefficients : (N,) array
        a_0 to a_{N-1}.
    pole_mass, m_parent, m_daughter : float
        In GeV.
    t0 : float
        Point with z = 0, in GeV^2.

    References
    ----------
    Bourrely, Caprini, Lellouch, arXiv:0807.2722, Eq. (11); HPQCD, arXiv:2207.12468, Eq. (5).
    """
    n_terms = len(coefficients)
    t_plus = (m_parent + m_daughter) ** 2
    root, root0 = np.sqrt(t_plus - q2), np.sqrt(t_plus - t0)
    z = (root - root0) / (root + root0)
    n = np.arange(n_terms)
    last = (-1.0) ** (n - n_terms) * n / n_terms
    terms = z[..., None] ** n - last * z[..., None] ** n_terms
    return terms @ np.asarray(coefficients) / (1 - q2 / pole_mass**2)
