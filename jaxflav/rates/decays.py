"""The decays of the B mesons: which masses and lifetime belong to each."""

import equinox as eqx
from jaxtyping import Array, Float

from jaxflav.inputs.parameters import Parameters


class Decay(eqx.Module):
    """Names of the parameters of a decay; without array leaves, so an ordinary argument of jitted functions.

    Attributes
    ----------
    name
        Decay, without the invisible particles.
    m_parent, m_daughter, lifetime
        Names in ``Parameters``.
    """

    name: str = eqx.field(static=True)
    m_parent: str = eqx.field(static=True)
    m_daughter: str = eqx.field(static=True)
    lifetime: str = eqx.field(static=True)

    def masses(self, parameters: Parameters) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Masses of parent and daughter, GeV."""
        return parameters[self.m_parent], parameters[self.m_daughter]

    def branching_fraction(self, parameters: Parameters, rate: Float[Array, "*n"]) -> Float[Array, "*n"]:
        """Branching fraction Gamma tau/hbar of a rate in GeV; of a density dGamma/dq2, dBR/dq2 in GeV^-2."""
        return rate * parameters[self.lifetime] / parameters["hbar"]


# the neutral decay is to a K0 of either kind, K_S or K_L
B_PLUS_TO_K_PLUS = Decay("B+ -> K+", "m_Bplus", "m_Kplus", "tau_Bplus")
B_ZERO_TO_K_ZERO = Decay("B0 -> K0", "m_B0", "m_K0", "tau_B0")
