"""The decays of the B mesons: which masses, lifetime, quarks and form factors belong to each."""

import equinox as eqx
from jaxtyping import Array, Float

from jaxflav.inputs.parameters import Parameters
from jaxflav.rates.kinematics import Kinematics


class Decay(eqx.Module):
    """Names of the parameters of a decay; without array leaves, so an ordinary argument of jitted functions.

    Attributes
    ----------
    name
        Decay, without the invisible particles.
    m_parent, m_daughter, lifetime
        Names in ``Parameters``.
    process
        Process of the form factors, as in ``load_form_factors``.
    m_quark, ckm
        Names in ``Parameters`` of the mass of the light quark, s or d, and of |V_tb V_tq^*|.
    content
        Part of the meson that has the flavour of the form factors: 1/2 for pi0 and rho0, of which half is d dbar, with
        the form factors of pi+ and rho+.
    """

    name: str = eqx.field(static=True)
    m_parent: str = eqx.field(static=True)
    m_daughter: str = eqx.field(static=True)
    lifetime: str = eqx.field(static=True)
    process: str = eqx.field(static=True, default="B -> K")
    m_quark: str = eqx.field(static=True, default="m_s")
    ckm: str = eqx.field(static=True, default="lambda_t")
    content: float = eqx.field(static=True, default=1.0)

    def masses(self, parameters: Parameters) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Masses of parent and daughter, GeV."""
        return parameters[self.m_parent], parameters[self.m_daughter]

    def kinematics(self, parameters: Parameters) -> Kinematics:
        """Masses of mesons and quarks; raises ``InputError`` if they allow no decay."""
        m_parent, m_daughter = self.masses(parameters)
        quarks = {"m_heavy": parameters["m_b"], "m_light": parameters[self.m_quark]}
        return Kinematics(m_parent=m_parent, m_daughter=m_daughter, **quarks)

    def branching_fraction(self, parameters: Parameters, rate: Float[Array, "*n"]) -> Float[Array, "*n"]:
        """Branching fraction Gamma tau/hbar of a rate in GeV; of a density dGamma/dq2, dBR/dq2 in GeV^-2.

        The rate is that of the form factors; ``content`` multiplies it here.
        """
        return self.content * rate * parameters[self.lifetime] / parameters["hbar"]


# the neutral decay is to a K0 of either kind, K_S or K_L
B_PLUS_TO_K_PLUS = Decay("B+ -> K+", "m_Bplus", "m_Kplus", "tau_Bplus")
B_ZERO_TO_K_ZERO = Decay("B0 -> K0", "m_B0", "m_K0", "tau_B0")
B_PLUS_TO_KSTAR_PLUS = Decay("B+ -> K*+", "m_Bplus", "m_Kstarplus", "tau_Bplus", "B -> K*")
B_ZERO_TO_KSTAR_ZERO = Decay("B0 -> K*0", "m_B0", "m_Kstar0", "tau_B0", "B -> K*")
B_S_TO_PHI = Decay("Bs -> phi", "m_Bs", "m_phi", "tau_Bs", "Bs -> phi")
# for form factors of the user; long-distance contributions through a tau are not included
B_PLUS_TO_PI_PLUS = Decay("B+ -> pi+", "m_Bplus", "m_piplus", "tau_Bplus", "B -> pi", "m_d", "lambda_t_d")
B_PLUS_TO_RHO_PLUS = Decay("B+ -> rho+", "m_Bplus", "m_rhoplus", "tau_Bplus", "B -> rho", "m_d", "lambda_t_d")
B_ZERO_TO_PI_ZERO = Decay("B0 -> pi0", "m_B0", "m_pi0", "tau_B0", "B -> pi", "m_d", "lambda_t_d", 0.5)
B_ZERO_TO_RHO_ZERO = Decay("B0 -> rho0", "m_B0", "m_rho0", "tau_B0", "B -> rho", "m_d", "lambda_t_d", 0.5)


class InvisibleDecay(eqx.Module):
    """Names of the parameters of the decay of a meson into nothing visible.

    Attributes
    ----------
    name
        Decay.
    m_parent, lifetime, decay_constant, m_quark
        Names in ``Parameters``.
    """

    name: str = eqx.field(static=True)
    m_parent: str = eqx.field(static=True)
    lifetime: str = eqx.field(static=True)
    decay_constant: str = eqx.field(static=True)
    m_quark: str = eqx.field(static=True)

    def kinematics(self, parameters: Parameters) -> Kinematics:
        """Masses of the meson and of the quarks; raises ``InputError`` if they allow no decay."""
        quarks = {"m_heavy": parameters["m_b"], "m_light": parameters[self.m_quark]}
        return Kinematics(m_parent=parameters[self.m_parent], m_daughter=0.0, **quarks)

    def branching_fraction(self, parameters: Parameters, rate: Float[Array, ""]) -> Float[Array, ""]:
        """Branching fraction Gamma tau/hbar of a rate in GeV."""
        return rate * parameters[self.lifetime] / parameters["hbar"]


B_S_TO_INVISIBLE = InvisibleDecay("Bs -> invisible", "m_Bs", "tau_Bs", "f_Bs", "m_s")

ALL_DECAYS = (
    *(B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO, B_PLUS_TO_KSTAR_PLUS, B_ZERO_TO_KSTAR_ZERO, B_S_TO_PHI),
    *(B_PLUS_TO_PI_PLUS, B_ZERO_TO_PI_ZERO, B_PLUS_TO_RHO_PLUS, B_ZERO_TO_RHO_ZERO, B_S_TO_INVISIBLE),
)
