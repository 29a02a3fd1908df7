"""Which form factors each kind of decay has, and the exact relations between them at q2 = 0."""

from dataclasses import dataclass

import numpy as np

from jaxflav.io.errors import UnknownNameError


@dataclass(frozen=True)
class Process:
    """Form factors of one kind of decay.

    Attributes
    ----------
    functions
        Names of the form factors, in the order in which they are computed.
    fixed_at_zero
        Pairs (dependent, independent) of form factors with equal values at q2 = 0: the lowest coefficient of
        the first is that of the second.
    """

    functions: tuple[str, ...]
    fixed_at_zero: tuple[tuple[str, str], ...]

    def free_coefficients(self, order: int) -> tuple[str, ...]:
        """Names of the independent coefficients, like ``f_plus_0``, of an expansion to the given order."""
        dependent = {name for name, _ in self.fixed_at_zero}
        return tuple(
            f"{name}_{k}" for name in self.functions for k in range(order + 1) if k > 0 or name not in dependent
        )

    def embedding(self, order: int) -> np.ndarray:
        """Matrix from independent to all coefficients, of shape (functions, order + 1, independent)."""
        free = self.free_coefficients(order)
        partner = dict(self.fixed_at_zero)
        matrix = np.zeros((len(self.functions), order + 1, len(free)))
        for i, name in enumerate(self.functions):
            for k in range(order + 1):
                source = partner.get(name, name) if k == 0 else name
                matrix[i, k, free.index(f"{source}_{k}")] = 1.0
        return matrix


PROCESSES = {
    # f_0(0) = f_+(0) removes the singularity of the vector current at q2 = 0: Bolton et al. 2024 (C2)
    "B -> K": Process(("f_plus", "f_0", "f_T"), (("f_0", "f_plus"),)),
}


def find_process(name: str) -> Process:
    """Process by name; raises ``UnknownNameError`` for one without form factors in jaxflav."""
    if name not in PROCESSES:
        raise UnknownNameError("process", name, PROCESSES)
    return PROCESSES[name]
