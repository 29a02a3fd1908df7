"""Couplings of massless neutrinos: the weak effective theory of b -> s nu nu, with and without lepton number."""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.numerics.complex_values import as_coupling

# sign of the transpose: of two neutrinos of the same kind, scalar currents are symmetric, tensor currents antisymmetric
_SYMMETRY = {"SLL": 1, "SLR": 1, "TLL": -1, "SLL_bs": 1, "SLR_bs": 1, "TLL_bs": -1}


class NeutrinoCouplings(eqx.Module):
    """Wilson coefficients of b -> s nu nu for three massless left-handed neutrinos.

    L = unit sum_ij [C_L^ij (sbar gamma_mu P_L b) + C_R^ij (sbar gamma_mu P_R b)] (nubar_i gamma^mu P_L nu_j)
      + sum_ij [SLL_ij (nubar^c_i P_L nu_j)(sbar P_L b) + SLR_ij (nubar^c_i P_L nu_j)(sbar P_R b)
      + TLL_ij (nubar^c_i sigma_mu_nu P_L nu_j)(sbar sigma^mu_nu P_L b)] + the same with b and s exchanged (_bs) + h.c.

    The sums are over all nine pairs i, j. The vector operators conserve lepton number, the others change it by two.

    Attributes
    ----------
    C_L, C_R
        Complex 3 x 3 matrices, dimensionless: the total, Standard Model included, which is
        C_L = -X_t/sin^2(theta_w) times the unit matrix, C_R = 0. They multiply O = (e^2/16 pi^2)
        (sbar gamma_mu P_X b)(nubar_i gamma^mu (1 - gamma_5) nu_j) in L = (4 G_F/sqrt2) lambda_t sum C O.
    SLL, SLR, TLL, SLL_bs, SLR_bs, TLL_bs
        Complex 3 x 3 matrices in GeV^-2; S symmetric and T antisymmetric.
    unit
        (4 G_F/sqrt2) lambda_t alpha/(2 pi) in GeV^-2, real or complex as lambda_t is, whose phase no rate depends on;
        see ``neutrino_unit``.
    ckm
        Static. Name of lambda_t in the parameters, "lambda_t" for b -> s (the default) or "lambda_t_d" for b -> d: the
        transition that the couplings are for, which rates compare with that of the decay.

    Raises
    ------
    UnknownNameError
        If a name is not a coefficient.
    InputError
        If a matrix does not have the shape (3, 3) or the symmetry of its operator, or a number is not finite.
    """

    C_L: Complex[Array, "3 3"]
    C_R: Complex[Array, "3 3"]
    SLL: Complex[Array, "3 3"]
    SLR: Complex[Array, "3 3"]
    TLL: Complex[Array, "3 3"]
    SLL_bs: Complex[Array, "3 3"]
    SLR_bs: Complex[Array, "3 3"]
    TLL_bs: Complex[Array, "3 3"]
    unit: Inexact[Array, ""]
    ckm: str = eqx.field(static=True)
    flavour_axes: ClassVar[int] = 2

    def __init__(self, *, unit, ckm="lambda_t", **matrices):
        self.unit, self.ckm = as_coupling(unit), ckm
        if not isinstance(unit, jax.core.Tracer) and not (np.ndim(unit) == 0 and np.isfinite(np.asarray(unit))):
            raise InputError(f"the unit of neutrino couplings, in GeV^-2, must be one finite number, found {unit}")
        names = [field.name for field in dataclasses.fields(self) if field.name not in ("unit", "ckm")]
        for name in matrices:
            if name not in names:
                raise UnknownNameError("neutrino coefficient", name, names)
        for name in names:
            matrix = jnp.asarray(matrices.get(name, np.zeros((3, 3))), complex)
            _check(name, matrix)
            setattr(self, name, matrix)


def _check(name, matrix):
    if matrix.shape != (3, 3):
        raise InputError(f"{name} must be a 3 x 3 matrix in flavour, found the shape {matrix.shape}")
    if isinstance(matrix, jax.core.Tracer):
        return
    values = np.asarray(matrix)
    if not np.all(np.isfinite(values)):
        raise InputError(f"{name} must be finite, found {values.tolist()}")
    if name not in _SYMMETRY:
        return
    sign = _SYMMETRY[name]
    if np.any(np.abs(values - sign * values.T) > 1e-12 * np.max(np.abs(values))):
        raise InputError(
            f"{name} must be {'symmetric' if sign > 0 else 'antisymmetric'} in flavour, found {values.tolist()}: "
            "the other part drops out of the operator"
        )


def neutrino_unit(parameters: Parameters, ckm: str = "lambda_t") -> Float[Array, ""]:
    """The unit (4 G_F/sqrt2) |lambda_t| alpha(m_Z)/(2 pi) of C_L and C_R, GeV^-2.

    ``ckm`` is the name of |lambda_t| in the parameters: "lambda_t" for b -> s, "lambda_t_d" for b -> d.
    """
    p = parameters
    return 4 * p["G_F"] / jnp.sqrt(2.0) * p[ckm] * p["alpha_mZ"] / (2 * jnp.pi)


def neutrino_couplings(
    parameters: Parameters, *, ckm: str = "lambda_t", **matrices: Complex[Array, "3 3"]
) -> NeutrinoCouplings:
    """Couplings with the unit of the parameters; matrices by name, those not given are 0, see ``NeutrinoCouplings``."""
    return NeutrinoCouplings(unit=neutrino_unit(parameters, ckm), ckm=ckm, **matrices)


def sm_vector_coefficient(parameters: Parameters) -> Float[Array, ""]:
    """C_L = -X_t/sin^2(theta_w) of the Standard Model, arXiv:2403.13887 after (B17)."""
    return -parameters["X_t"] / parameters["sin2_theta_w"]


def sm_neutrino_couplings(parameters: Parameters, ckm: str = "lambda_t") -> NeutrinoCouplings:
    """Couplings of the Standard Model; ``ckm`` as in ``neutrino_unit``."""
    C_L = sm_vector_coefficient(parameters) * jnp.eye(3)
    return neutrino_couplings(parameters, ckm=ckm, C_L=C_L)
