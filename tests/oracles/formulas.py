"""B -> K(*) nu nubar in plain NumPy, written a second time from the formulas, without jaxflav.

Bolton et al., arXiv:2403.13887, Eqs. (B20)-(B22), for coefficients that are matrices in flavour:

- vector: L = (4 G_F/sqrt2) lambda_t (alpha/4 pi) sum_ij C_X^ij (nubar_i g_mu (1-g5) nu_j)(sbar g^mu P_X b) + h.c.;
- scalar and tensor, lepton-number violating: L = sum_ab C_ab (nubar^c_a Gamma P_L nu_b)(sbar Gamma P_X b) + h.c., in
  GeV^-2, over both orderings of a, b; the scalar matrices are symmetric, the tensor matrix is antisymmetric.

Form factors as in arXiv:1503.05534. GeV throughout.
"""

from dataclasses import dataclass, field

import numpy as np


def z(m_parent, m_daughter, q2):
    t_plus, t_minus = (m_parent + m_daughter) ** 2, (m_parent - m_daughter) ** 2
    t_0 = t_plus * (1 - np.sqrt(1 - t_minus / t_plus))
    return (np.sqrt(t_plus - q2) - np.sqrt(t_plus - t_0)) / (np.sqrt(t_plus - q2) + np.sqrt(t_plus - t_0))


def bsz(table, q2):
    """Form factors {name: values} from the ``form_factors`` table of an oracle file."""
    m_parent, m_daughter = table["m_parent"], table["m_daughter"]
    a = dict(table["coefficients"])
    if "f+_0" in a:
        a["f0_0"] = a["f+_0"]
    else:
        a["A12_0"] = a["A0_0"] * (m_parent**2 - m_daughter**2) / (8 * m_parent * m_daughter)
        a["T2_0"] = a["T1_0"]
    dz = z(m_parent, m_daughter, q2) - z(m_parent, m_daughter, 0.0)
    return {f: sum(a[f"{f}_{k}"] * dz**k for k in range(3)) / (1 - q2 / m**2) for f, m in table["poles"].items()}


def _none():
    return np.zeros((3, 3), complex)


@dataclass
class Coefficients:
    """Matrices in flavour: C_L and C_R without unit, SLL, SLR, TLL in GeV^-2."""

    C_L: np.ndarray = field(default_factory=_none)
    C_R: np.ndarray = field(default_factory=_none)
    SLL: np.ndarray = field(default_factory=_none)
    SLR: np.ndarray = field(default_factory=_none)
    TLL: np.ndarray = field(default_factory=_none)


def from_eos(point, G_F, alpha, lambda_t):
    """Coefficients of an EOS point {name: [real, imaginary]}: see README.md for the factors."""
    c = {name: complex(*value) for name, value in point.items()}
    kappa = 4 * G_F / np.sqrt(2) * alpha / (2 * np.pi) * abs(lambda_t)
    diagonal = np.eye(3)
    antisymmetric = np.array([[0, 1, 1], [-1, 0, 1], [-1, -1, 0]])
    return Coefficients(
        C_L=-c["cVL"] * diagonal,
        C_R=-c["cVR"] * diagonal,
        SLL=-kappa * c["cSL"] * diagonal,
        SLR=-kappa * c["cSR"] * diagonal,
        # three diagonal flavours with a tensor do not exist; the same rate with an antisymmetric matrix
        TLL=-kappa * c["cTL"] / np.sqrt(2) * antisymmetric,
    )


def from_flavio(point, standard_model):
    """Coefficients of a flavio point {name: [real, imaginary]} on top of the Standard Model C_L."""
    flavours = ("e", "mu", "tau")
    result = Coefficients(C_L=standard_model * np.eye(3, dtype=complex))
    for name, value in point.items():
        matrix, label = {"CL_": result.C_L, "CR_": result.C_R}[name[:3]], name.removeprefix(name[:3] + "bsnu")
        # CX_bsnu{a}nu{b} multiplies (nubar_b ... nu_a)
        j, i = (flavours.index(x) for x in label.split("nu"))
        matrix[i, j] += complex(*value)
    return result


def sum2(matrix):
    return np.sum(np.abs(matrix) ** 2)


@dataclass(frozen=True)
class Inputs:
    G_F: float
    alpha: float
    lambda_t: complex
    m_B: float
    m_M: float
    m_b: float = np.inf
    m_s: float = 0.0

    def kinematics(self, q2):
        lam = (self.m_B**2 - q2 - self.m_M**2) ** 2 - 4 * q2 * self.m_M**2
        return np.sqrt(lam) / (2 * self.m_B), self.m_B + self.m_M, 1 - self.m_M**2 / self.m_B**2

    @property
    def vector_prefactor(self):
        return self.G_F**2 * self.alpha**2 * abs(self.lambda_t) ** 2 / (96 * np.pi**5)


def b_to_k(q2, ff, c, x):
    """dGamma/dq2 of B -> K nu nubar in GeV^-1."""
    p, M, d = x.kinematics(q2)
    vector = x.vector_prefactor * p * q2 * sum2(c.C_L + c.C_R) * p**2 / q2 * ff["f+"] ** 2
    scalar = 3 / 32 * sum2(c.SLL + c.SLR) * x.m_B**2 * d**2 / (x.m_b - x.m_s) ** 2 * ff["f0"] ** 2
    tensor = 2 * sum2(c.TLL) * p**2 / M**2 * ff["fT"] ** 2
    return vector + p * q2 / (24 * np.pi**3) * (scalar + tensor)


def b_to_kstar(q2, ff, c, x):
    """Parts of dGamma/dq2 of B -> K* nu nubar in GeV^-1, {(class, helicity): values}."""
    p, M, d = x.kinematics(q2)
    plus, minus = sum2(c.C_L + c.C_R), sum2(c.C_L - c.C_R)
    N = x.vector_prefactor * p * q2
    N_lnv = p * q2 / (24 * np.pi**3)
    T = sum2(c.TLL)
    return {
        ("vector", "long"): N * minus * 16 * x.m_M**2 / q2 * ff["A12"] ** 2,
        ("vector", "trans"): N
        * (plus * 2 * p**2 / M**2 * ff["V"] ** 2 + minus * M**2 / (2 * x.m_B**2) * ff["A1"] ** 2),
        ("scalar", "long"): N_lnv * 3 / 8 * sum2(c.SLL - c.SLR) * p**2 / (x.m_b + x.m_s) ** 2 * ff["A0"] ** 2,
        ("tensor", "long"): N_lnv * T * 8 * x.m_M**2 / M**2 * ff["T23"] ** 2,
        ("tensor", "trans"): N_lnv * T * (4 * p**2 / q2 * ff["T1"] ** 2 + x.m_B**2 * d**2 / q2 * ff["T2"] ** 2),
    }
