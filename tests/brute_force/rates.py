"""One function per decay, all with the signature

    function(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors)

couplings
    {name: complex}, the names of the operators, like "f_VV" or "h_Tt"; those left out are 0.
mass
    Mass of the invisible particle, GeV; for a pair, one float or two (particle, antiparticle).
q2
    GeV^2; None for a two-body decay.
m_B, m_K, m_b, m_s
    Masses, GeV; m_K is that of the meson in the final state, None for B_s.
scale
    Lambda, GeV; None where the couplings have their dimension.
form_factors
    {name: float} at this q2, see :mod:`tests.brute_force.hadronic`.

They return Gamma in GeV for a two-body decay, dGamma/dq2 in 1/GeV for a three-body one: the total for K and B_s,
(longitudinal, transverse) for K*. Pairs accept identical=True, for two identical particles.
"""

import numpy as np

from tests.brute_force import invisible, phase_space


def _of_helicities(rates):
    """The total for one helicity, (longitudinal, transverse) for three."""
    return float(rates[0]) if len(rates) == 1 else (float(rates[1]), float(rates[0] + rates[2]))


def _two_body(meson, current):
    def rate(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors):
        assert q2 is None
        return _of_helicities(
            phase_space.two_body(meson, current, couplings, mass, m_B, m_K, m_b, m_s, scale, form_factors)
        )

    return rate


def _masses(mass):
    return (mass, mass) if np.ndim(mass) == 0 else tuple(mass)


def _exchanged(couplings):
    return {f"{name}_exchanged": value for name, value in couplings.items()}


def _pair(current, sign, couplings, identical):
    """The currents and couplings of a pair, and the factor of phase space."""
    if not identical:
        return current, couplings, 1.0
    return invisible.both_contractions(current, sign), couplings | _exchanged(couplings), 0.5


def _three_body(meson, current, sign):
    def rate(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors, identical=False):
        currents, c, factor = _pair(current, sign, couplings, identical)
        return _of_helicities(
            factor
            * phase_space.three_body(meson, currents, c, _masses(mass), q2, m_B, m_K, m_b, m_s, scale, form_factors)
        )

    return rate


def _annihilation(current, sign):
    def rate(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors, identical=False):
        assert q2 is None
        assert m_K is None
        currents, c, factor = _pair(current, sign, couplings, identical)
        return float(factor * phase_space.annihilation(currents, c, _masses(mass), m_B, m_b, m_s, scale, form_factors))

    return rate


b_to_k_scalar = _two_body("pseudoscalar", invisible.scalar)
b_to_kstar_scalar = _two_body("vector", invisible.scalar)
b_to_k_vector = _two_body("pseudoscalar", invisible.vector)
b_to_kstar_vector = _two_body("vector", invisible.vector)

b_to_k_scalar_pair = _three_body("pseudoscalar", invisible.scalar_pair, +1)
b_to_kstar_scalar_pair = _three_body("vector", invisible.scalar_pair, +1)
b_to_k_vector_pair = _three_body("pseudoscalar", invisible.vector_pair, +1)
b_to_kstar_vector_pair = _three_body("vector", invisible.vector_pair, +1)
# mass = (m1, m2) gives two different fermions, psibar_1 Gamma psi_2 -> psi_1 antipsi_2
b_to_k_fermion_pair = _three_body("pseudoscalar", invisible.fermion_pair, -1)
b_to_kstar_fermion_pair = _three_body("vector", invisible.fermion_pair, -1)
b_to_k_gravitino_pair = _three_body("pseudoscalar", invisible.gravitino_pair, -1)
b_to_kstar_gravitino_pair = _three_body("vector", invisible.gravitino_pair, -1)

b_s_to_scalar_pair = _annihilation(invisible.scalar_pair, +1)
b_s_to_vector_pair = _annihilation(invisible.vector_pair, +1)
b_s_to_fermion_pair = _annihilation(invisible.fermion_pair, -1)
b_s_to_gravitino_pair = _annihilation(invisible.gravitino_pair, -1)


def chiral(name, value, quark, lepton):
    """Couplings f of value (fbar Gamma P_lepton f)(sbar Gamma P_quark b) for Gamma of the class V, S or T."""
    even, odd = {"V": ("V", "A"), "S": ("S", "P"), "T": ("T", "Tt")}[name]
    q, l = ({"L": -1, "R": +1}[chirality] for chirality in (quark, lepton))
    if name == "T":  # sigma x sigma g5 = sigma g5 x sigma, sigma g5 x sigma g5 = sigma x sigma
        return {"f_TT": value * (1 + q * l) / 4, "f_TtT": value * (q + l) / 4}
    signs = {even + even: 1, odd + even: q, even + odd: l, odd + odd: q * l}
    return {f"f_{names}": value * sign / 4 for names, sign in signs.items()}


def add(terms):
    """The sum of several sets of couplings."""
    total = {}
    for term in terms:
        for name, value in term.items():
            total[name] = total.get(name, 0) + value
    return total


def _neutrinos(meson):
    """Sum over flavours of sum_ab C_ab (nubar_a g_mu P_L nu_b)(sbar g^mu P_X b), massless; C in GeV^-2.

    Couplings: 3 x 3 matrices C_VLL, C_VLR, the last letter being X.
    """

    def rate(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors):
        assert mass == 0
        assert scale is None
        total = 0.0
        for a, b in np.ndindex(3, 3):
            f = add(chiral("V", matrix[a][b], name[-1], "L") for name, matrix in couplings.items())
            total = total + phase_space.three_body(
                meson, invisible.fermion_pair, f, (0.0, 0.0), q2, m_B, m_K, m_b, m_s, 1.0, form_factors
            )
        return _of_helicities(total)

    return rate


def _neutrinos_violating_number(meson):
    """Two antineutrinos or two neutrinos from C_ab (nubar^c_a Gamma P_L nu_b)(qbar Gamma P_X q') + h.c., GeV^-2.

    Couplings: 3 x 3 matrices C_SLL, C_SLR, C_TLL with (q, q') = (s, b), and C_SLL_bs, C_SLR_bs, C_TLL_bs with
    (b, s), massless. Both contractions of the two fields are taken for all pairs of flavours.
    """
    currents = invisible.both_contractions(invisible.fermion_pair, -1)

    def rate(couplings, mass, q2, m_B, m_K, m_b, m_s, scale, form_factors):
        assert mass == 0
        assert scale is None
        total = 0.0
        for conjugate in (False, True):  # two antineutrinos, two neutrinos
            chosen = {name: matrix for name, matrix in couplings.items() if name.endswith("_bs") == conjugate}
            for a, b in np.ndindex(3, 3):  # flavours at k1 and k2
                direct, other = [], []
                for name, matrix in chosen.items():
                    structure, quark = name[2], name[4]
                    if conjugate:  # turns both chiralities around
                        matrix, quark = np.conj(matrix), {"L": "R", "R": "L"}[quark]
                    lepton = "R" if conjugate else "L"
                    direct.append(chiral(structure, matrix[a][b], quark, lepton))
                    other.append(chiral(structure, matrix[b][a], quark, lepton))
                f = add(direct) | _exchanged(add(other))
                # the loop meets each final state of two flavours twice; one flavour has half the phase space
                if meson == "vacuum":
                    rest = m_B, m_b, m_s, 1.0, form_factors
                    total = total + 0.5 * phase_space.annihilation(currents, f, (0.0, 0.0), *rest)
                else:
                    rest = q2, m_B, m_K, m_b, m_s, 1.0, form_factors
                    total = total + 0.5 * phase_space.three_body(meson, currents, f, (0.0, 0.0), *rest)
        return float(total) if meson == "vacuum" else _of_helicities(total)

    return rate


b_to_k_neutrinos = _neutrinos("pseudoscalar")
b_to_kstar_neutrinos = _neutrinos("vector")
b_to_k_neutrinos_violating_number = _neutrinos_violating_number("pseudoscalar")
b_to_kstar_neutrinos_violating_number = _neutrinos_violating_number("vector")
b_s_to_neutrinos_violating_number = _neutrinos_violating_number("vacuum")
