"""Names of parameters as figures show them."""

_LABELS = {"mass": r"$m_X$ [GeV]", "branching_fraction": r"BR$(B \to K X)$", "mu": r"$\mu$"}


def label_of(name: str) -> str:
    """Label of a parameter or of the mass; its name where there is no other."""
    return _LABELS.get(name, name)
