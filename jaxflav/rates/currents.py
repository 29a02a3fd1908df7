"""The invisible side of the rates, common to all pairs of particles.

A pair enters every rate only through the spin sums of its currents, integrated over its phase space. These few
functions of q2 are computed by one file for each kind of particle, and contracted with the mesons in ``three_body.py``.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.numerics.safe import safe_divide

# Below this squared mass, GeV^2, the rates of pairs of massive vectors and spin-3/2 fermions, which grow like
# 1/mass^4, are held at their size there.
PAIR_MASS2_FLOOR = 1e-12


class InvisibleCurrents(NamedTuple):
    """Spin sums of the currents of a pair, all with the couplings in them.

    Normalised to the fermion pair: the common factor in the rate is 1/(24 pi^3). Zero by default.

    Attributes
    ----------
    velocity
        Phase space beta of the pair, 0 below threshold.
    vector, axial
        With the vector and the axial current of the quarks, GeV^-4.
    scalar, pseudoscalar
        With the scalar and the pseudoscalar density of the quarks, and with the parts of the vector and axial
        currents along q that are proportional to them, GeV^-2.
    tensor, tensor_5
        With the tensor current for T_1, f_T and for T_2, T_23, GeV^-4.
    vector_tensor, axial_tensor
        Interference of the first and the last, GeV^-3.
    """

    velocity: Float[Array, "*n"]
    vector: Float[Array, "*n"] | float = 0.0
    axial: Float[Array, "*n"] | float = 0.0
    scalar: Float[Array, "*n"] | float = 0.0
    pseudoscalar: Float[Array, "*n"] | float = 0.0
    tensor: Float[Array, "*n"] | float = 0.0
    tensor_5: Float[Array, "*n"] | float = 0.0
    vector_tensor: Float[Array, "*n"] | float = 0.0
    axial_tensor: Float[Array, "*n"] | float = 0.0


def mass_over_q2(mass: Float[Array, ""], q2: Float[Array, "*n"], threshold: Float[Array, ""]) -> Float[Array, "*n"]:
    """Ratio mass/q2 in GeV^-1, held below the threshold in q2, GeV^2; 0 for a massless pair of q2 <= 0."""
    return safe_divide(mass, jnp.maximum(q2, threshold))


def massive(mass: Float[Array, ""]) -> Float[Array, ""]:
    """Squared mass, held at ``PAIR_MASS2_FLOOR`` below it, GeV^2."""
    return jnp.maximum(mass**2, PAIR_MASS2_FLOOR)
