"""Form factors of B -> vector meson."""

from typing import NamedTuple

from jaxtyping import Array, Float

from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.form_factors.sets import FormFactorSet, evaluate
from jaxflav.io.errors import InputError


class BToVFormFactors(NamedTuple):
    """Form factors of B -> vector meson, each of the shape of q2.

    V, A0, A1, A12, T1, T2 and T23 of arXiv:2403.13887 (C4)-(C11). A_2 and T_3, in which the rates would be singular
    at the end point, do not occur.
    """

    V: Float[Array, "*q2"]
    A0: Float[Array, "*q2"]
    A1: Float[Array, "*q2"]
    A12: Float[Array, "*q2"]
    T1: Float[Array, "*q2"]
    T2: Float[Array, "*q2"]
    T23: Float[Array, "*q2"]


def b_to_v(ff_set: FormFactorSet, nuisances: Float[Array, " n"], q2: Float[Array, "*q2"]) -> BToVFormFactors:
    """Form factors of B -> vector meson.

    Parameters
    ----------
    ff_set
        A set for a process with a vector meson in the final state, such as "B -> K*" or "Bs -> phi".
    nuisances
        Independent standard-normal parameters, shape (n,); zeros give the mean.
    q2
        GeV^2, any shape.

    Raises
    ------
    InputError
        If the final state of the set is a pseudoscalar.
    """
    if find_process(ff_set.process) is not TO_VECTOR:
        raise InputError(f"expected form factors of B -> vector meson, found {ff_set.name} for {ff_set.process}")
    return BToVFormFactors(*evaluate(ff_set, nuisances, q2))


class EndPointRelations(NamedTuple):
    """Ratios of form factors that are 1 at the end point q2 = (m_B - m_V)^2 in exact QCD.

    There the three helicities become one amplitude, (C10) and (C11) of arXiv:2403.13887 with lambda = 0. Expansions
    fitted to finite data obey them within their uncertainties only, and no rate depends on it.
    """

    axial: Float[Array, ""]
    tensor: Float[Array, ""]


def end_point_relations(
    ff_set: FormFactorSet, nuisances: Float[Array, " n"], m_B: Float[Array, ""], m_V: Float[Array, ""]
) -> EndPointRelations:
    """Ratios A_12/[(m_B^2 - m_V^2)/(8 m_B m_V) A_1] and T_23/[(m_B + m_V)^2/(4 m_B m_V) T_2] at the end point.

    Masses in GeV.
    """
    ff = b_to_v(ff_set, nuisances, (m_B - m_V) ** 2)
    axial = (m_B**2 - m_V**2) / (8 * m_B * m_V) * ff.A1  # (C10) at lambda = 0
    tensor = (m_B + m_V) ** 2 / (4 * m_B * m_V) * ff.T2  # (C11) at lambda = 0
    return EndPointRelations(ff.A12 / axial, ff.T23 / tensor)
