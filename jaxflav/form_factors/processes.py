"""Which form factors each kind of decay has, and the exact relations between them at q2 = 0."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jaxflav.io.errors import UnknownNameError


def _one(m_parent: float, m_daughter: float) -> float:
    return 1.0


def _longitudinal(m_parent: float, m_daughter: float) -> float:
    return (m_parent**2 - m_daughter**2) / (8 * m_parent * m_daughter)


@dataclass(frozen=True)
class Process:
    """Form factors of one kind of decay.

    Attributes
    ----------
    functions
        Names of the form factors, in the order in which they are computed.
    fixed_at_zero
        Triples (dependent, independent, ratio): the value of the first at q2 = 0 is ratio(m_parent, m_daughter)
        times that of the second, so that its lowest coefficient is not free.
    """

    functions: tuple[str, ...]
    fixed_at_zero: tuple[tuple[str, str, Callable[[float, float], float]], ...]

    def free_coefficients(self, order: int) -> tuple[str, ...]:
        """Names of the independent coefficients, like ``f_plus_0``, of an expansion to the given order."""
        dependent = {name for name, _, _ in self.fixed_at_zero}
        return tuple(
            f"{name}_{k}" for name in self.functions for k in range(order + 1) if k > 0 or name not in dependent
        )

    def embedding(self, order: int, m_parent: float, m_daughter: float) -> np.ndarray:
        """Matrix from independent to all coefficients, of shape (functions, order + 1, independent)."""
        free = self.free_coefficients(order)
        partner = {name: (other, ratio(m_parent, m_daughter)) for name, other, ratio in self.fixed_at_zero}
        matrix = np.zeros((len(self.functions), order + 1, len(free)))
        for i, name in enumerate(self.functions):
            for k in range(order + 1):
                source, factor = partner.get(name, (name, 1.0)) if k == 0 else (name, 1.0)
                matrix[i, k, free.index(f"{source}_{k}")] = factor
        return matrix


# f_0(0) = f_+(0) removes the singularity of the vector current at q2 = 0: Bolton et al. 2024 (C2)
TO_PSEUDOSCALAR = Process(("f_plus", "f_0", "f_T"), (("f_0", "f_plus", _one),))
# A_0(0) = A_3(0), written for A_12 with (C9), (C10), and T_1(0) = T_2(0): Bolton et al. 2024, after (C7)
TO_VECTOR = Process(("V", "A0", "A1", "A12", "T1", "T2", "T23"), (("A12", "A0", _longitudinal), ("T2", "T1", _one)))

PROCESSES = {
    "B -> K": TO_PSEUDOSCALAR,
    "B -> pi": TO_PSEUDOSCALAR,
    "Bs -> K": TO_PSEUDOSCALAR,
    "B -> K*": TO_VECTOR,
    "B -> rho": TO_VECTOR,
    "Bs -> phi": TO_VECTOR,
    "Bs -> K*": TO_VECTOR,
}


def find_process(name: str) -> Process:
    """Process by name; raises ``UnknownNameError`` for one without form factors in jaxflav."""
    if name not in PROCESSES:
        raise UnknownNameError("process", name, PROCESSES)
    return PROCESSES[name]
