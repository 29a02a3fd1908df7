"""Random masses, form factors and complex couplings, in the notation of :mod:`tests.brute_force.rates`."""

FORM_FACTORS = ("f_plus", "f_0", "f_T", "V", "A_0", "A_1", "A_12", "T_1", "T_2", "T_23", "f_B")
COUPLINGS = {
    "scalar": "g_S g_P g_V g_A",
    "vector": "h_V h_A h_T h_Tt",
    "scalar_pair": "g_SS g_PS g_VV g_AV",
    "vector_pair": "h_S h_P",
    "fermion_pair": "f_VV f_VA f_AV f_AA f_SS f_SP f_PS f_PP f_TT f_TtT",
    "gravitino_pair": "F_VV F_VA F_AV F_AA F_SS F_SP F_PS F_PP F_TT F_TtT F_TS F_TP F_TtS F_TtP",
}
# couplings that vanish when the two particles are the same
ABSENT_IF_IDENTICAL = {
    "scalar_pair": "g_VV g_AV",
    "vector_pair": "",
    "fermion_pair": "f_VV f_AV f_TT f_TtT",
    "gravitino_pair": "F_VV F_AV F_TT F_TtT F_TS F_TP F_TtS F_TtP",
}
PREFIXES = {"k": "b_to_k", "kstar": "b_to_kstar", "bs": "b_s_to"}
CHANNELS = [
    (meson, final)
    for final in COUPLINGS
    for meson in PREFIXES
    if not (meson == "bs" and final in ("scalar", "vector"))  # one particle cannot have q2 = m_Bs^2
]
PAIRS = [(meson, final) for meson, final in CHANNELS if final in ABSENT_IF_IDENTICAL]
MESONS = ["k", "kstar"]


def draw(rng, final):
    return {name: complex(*rng.normal(size=2)) for name in COUPLINGS[final].split()}


def form_factors(rng):
    """Values of both signs, unrelated to each other."""
    return {name: rng.choice([-1, 1]) * rng.uniform(0.2, 0.9) for name in FORM_FACTORS}


def arguments(rng, meson, final, mass=None, threshold=None):
    """Everything after the couplings."""
    m_B, m_K = rng.uniform(5.2, 5.4), rng.uniform(0.4, 1.1)
    mass = rng.uniform(0.3, 1.2) if mass is None else mass
    threshold = 2 * mass if threshold is None else threshold
    has_q2 = meson != "bs" and final not in ("scalar", "vector")
    q2 = rng.uniform(threshold**2, (m_B - m_K) ** 2) if has_q2 else None
    m_K = None if meson == "bs" else m_K
    quarks = rng.uniform(4, 5), rng.uniform(0.05, 0.2)
    return mass, q2, m_B, m_K, *quarks, rng.uniform(2, 4), form_factors(rng)


def matrices(rng, names):
    return {name: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) for name in names}


def massless(rng, meson):
    mass, q2, m_B, m_K, m_b, m_s, _, values = arguments(rng, meson, "fermion_pair", 0.0)
    return mass, q2, m_B, m_K, m_b, m_s, None, values


def number_violating(rng):
    """Matrices of the operators that violate lepton number, with and without the symmetry that they have."""
    scalars, tensors = ("C_SLL", "C_SLR", "C_SLL_bs", "C_SLR_bs"), ("C_TLL", "C_TLL_bs")
    general = matrices(rng, scalars + tensors)
    return {name: c + c.T if name in scalars else c - c.T for name, c in general.items()}, general
