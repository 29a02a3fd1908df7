"""What is taken where nothing is given, and the couplings that a task may name."""

from jaxflav.couplings.families import FAMILIES

DEFAULT_EXPERIMENT = "belle2-2025"
DEFAULT_FORM_FACTORS = "HPQCD2022+FLAG2021"
DEFAULT_EXPERIMENTS = ("belle2-2025", "babar-2013", "belle-2017", "belle-2013", "aleph-bs-invisible")
SCALE = 1e4  # Lambda in GeV, where a coupling has one
SINGLE_FAMILIES = ("scalar", "vector")
PAIR_FAMILIES = tuple(name for name in FAMILIES if name.endswith("-pair") and name != "mixed-pair")
# couplings of a pair that B -> K is sensitive to, and their families
PAIR_COUPLINGS = {
    **dict.fromkeys(("g_SS", "g_VV"), "scalar-pair"),
    **dict.fromkeys(("f_VV", "f_VA", "f_SS", "f_SP", "f_TT", "f_TtT"), "fermion-pair"),
    "h_S": "vector-pair",
    **dict.fromkeys(
        ("F_VV", "F_VA", "F_SS", "F_SP", "F_TT", "F_TtT", "F_TS", "F_TP", "F_TtS", "F_TtP"), "gravitino-pair"
    ),
}
DEFAULT_SETS = {"B -> K": "HPQCD2022+FLAG2021", "B -> K*": "GRvDV2023", "Bs -> phi": "GRvDV2023"}
