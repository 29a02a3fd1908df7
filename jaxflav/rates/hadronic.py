"""The meson side of the rates: squares and products of form factors, with their kinematic factors.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887 (Bolton et al. 2024), Appendix B.
"""

from typing import NamedTuple

from jaxtyping import Array, Float

from jaxflav.form_factors.b_to_v import BToVFormFactors
from jaxflav.form_factors.sets import BToPFormFactors
from jaxflav.numerics.safe import safe_divide, zero_where
from jaxflav.rates.kinematics import Kinematics, meson_momentum


class PolarisedRate(NamedTuple):
    """A rate, or a density, by the helicity of the vector meson: 0, and +1 with -1."""

    longitudinal: Float[Array, "*n"]
    transverse: Float[Array, "*n"]

    @property
    def total(self) -> Float[Array, "*n"]:
        """Sum over the helicities."""
        return self.longitudinal + self.transverse

    @property
    def longitudinal_fraction(self) -> Float[Array, "*n"]:
        """F_L = longitudinal/total; 0 where the total is 0."""
        return safe_divide(self.longitudinal, self.total)

    def scaled(self, factor: Float[Array, "*n"]) -> "PolarisedRate":
        """Both parts times a factor."""
        return PolarisedRate(factor * self.longitudinal, factor * self.transverse)


class PseudoscalarStructures(NamedTuple):
    """What B -> pseudoscalar contributes to each product of invisible currents; GeV^2, ``vector_tensor`` GeV.

    Each is finite at q2 = 0: a factor q2 has been taken out of the vector structures.
    """

    momentum: Float[Array, "*n"]
    vector: Float[Array, "*n"]
    vector_tensor: Float[Array, "*n"]
    scalar: Float[Array, "*n"]
    tensor: Float[Array, "*n"]


def pseudoscalar_structures(
    q2: Float[Array, "*n"], ff: BToPFormFactors, kinematics: Kinematics
) -> PseudoscalarStructures:
    """Structures in Bolton et al. 2024 (B6), (B8), (B10), (B11); q2 in GeV^2."""
    m_B, m_K = kinematics.m_parent, kinematics.m_daughter
    p = meson_momentum(m_B, m_K, q2)
    M, delta = m_B + m_K, 1 - m_K**2 / m_B**2
    return PseudoscalarStructures(
        momentum=p,
        vector=p**2 * ff.f_plus**2,
        vector_tensor=p**2 / M * ff.f_plus * ff.f_T,
        scalar=m_B**2 * delta**2 / (kinematics.m_heavy - kinematics.m_light) ** 2 * ff.f_0**2,
        tensor=p**2 / M**2 * ff.f_T**2,
    )


class VectorStructures(NamedTuple):
    """What B -> vector meson contributes to each product of invisible currents, by helicity.

    ``_0`` is longitudinal. A factor q2 has been taken out of axial_0 (GeV^2), tensor and tensor_5 (GeV^2).
    """

    momentum: Float[Array, "*n"]
    axial_0: Float[Array, "*n"]
    pseudoscalar_0: Float[Array, "*n"]
    tensor_0: Float[Array, "*n"]
    axial_tensor_0: Float[Array, "*n"]
    vector: Float[Array, "*n"]
    axial: Float[Array, "*n"]
    tensor: Float[Array, "*n"]
    tensor_5: Float[Array, "*n"]
    vector_tensor: Float[Array, "*n"]
    axial_tensor: Float[Array, "*n"]


def vector_structures(q2: Float[Array, "*n"], ff: BToVFormFactors, kinematics: Kinematics) -> VectorStructures:
    """Structures in Bolton et al. 2024 (B7), (B9), (B22); q2 in GeV^2."""
    m_B, m_K = kinematics.m_parent, kinematics.m_daughter
    p = meson_momentum(m_B, m_K, q2)
    M, delta = m_B + m_K, 1 - m_K**2 / m_B**2
    return VectorStructures(
        momentum=p,
        axial_0=16 * m_K**2 * ff.A12**2,
        pseudoscalar_0=p**2 / (kinematics.m_heavy + kinematics.m_light) ** 2 * ff.A0**2,
        tensor_0=8 * m_K**2 / M**2 * ff.T23**2,
        axial_tensor_0=16 * m_K**2 / M * ff.A12 * ff.T23,
        vector=2 * p**2 / M**2 * ff.V**2,
        axial=M**2 / (2 * m_B**2) * ff.A1**2,
        tensor=4 * p**2 * ff.T1**2,
        tensor_5=m_B**2 * delta**2 * ff.T2**2,
        vector_tensor=4 * p**2 / M * ff.V * ff.T1,
        axial_tensor=M * delta * ff.A1 * ff.T2,
    )


def open_region(momentum: Float[Array, "*n"], value: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Product momentum x value, with value and derivatives 0 where the momentum is 0, unless the value is NaN there."""
    return momentum * zero_where(momentum <= 0, value)
