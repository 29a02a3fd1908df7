"""Interpolation of systematic effects between their values at -1, 0 and +1 standard deviation.

Every code splits into a part that depends on the effect and a part that depends on the parameter alone, so
that a whole model is a few matrix products.

References
----------
HistFactory: CERN-OPEN-2012-016, section 4.1; names of the codes as in pyhf (JOSS 6 (2021) 2823).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import UnknownNameError

SHAPE_CODES = ("code0", "code4p")
NORM_CODES = ("code1", "code4")


def check_codes(shape_code: str, norm_code: str) -> None:
    """Check the names of the interpolation codes.

    Raises
    ------
    InputError
        If a code is not one of ``SHAPE_CODES`` or ``NORM_CODES``.
    """
    if shape_code not in SHAPE_CODES:
        raise UnknownNameError("interpolation code of histosys", shape_code, SHAPE_CODES)
    if norm_code not in NORM_CODES:
        raise UnknownNameError("interpolation code of normsys", norm_code, NORM_CODES)


def asymmetric_part(alpha: Float[Array, " n"], code: str) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Even function g of the parameter, and its derivative, for additive effects.

    The shift of a yield is (up - down)/2 alpha + (up + down)/2 g(alpha), with its shifts ``down`` and ``up`` at -1
    and +1: |alpha| for code0; for code4p a polynomial inside [-1, 1] that joins |alpha| with two continuous
    derivatives.
    """
    outside = jnp.abs(alpha)
    sign = jnp.where(alpha >= 0, 1.0, -1.0)
    if code == "code0":
        return outside, sign
    inside = outside < 1
    a = jnp.where(inside, alpha, 0.0)
    a2 = a * a
    value = a2 * (15.0 + a2 * (3.0 * a2 - 10.0)) / 8.0
    slope = a * (30.0 + a2 * (18.0 * a2 - 40.0)) / 8.0
    return jnp.where(inside, value, outside), jnp.where(inside, slope, sign)


def factor_coefficients(down: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Coefficients (n, 6) of alpha^1 to alpha^6 of the factor inside [-1, 1] for code4, on the host.

    The polynomial meets up^alpha at +1 and down^-alpha at -1 with value, slope and curvature.
    """
    powers = np.arange(1, 7)
    one = np.ones(6)
    sign = (-1.0) ** powers
    matrix = np.stack([one, sign, powers, -powers * sign, powers * (powers - 1), powers * (powers - 1) * sign])
    ln_up, ln_down = np.log(up), np.log(down)
    target = np.stack([up - 1, down - 1, up * ln_up, -down * ln_down, up * ln_up**2, down * ln_down**2])
    return np.linalg.solve(matrix, target).T


def factor(
    alpha: Float[Array, " n"],
    log_down: Float[Array, " n"],
    log_up: Float[Array, " n"],
    coefficients: Float[Array, "n 6"],
    code: str,
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Factor on a yield, and its derivative with respect to the parameter.

    Exponential, up^alpha and down^-alpha, everywhere for code1; a polynomial inside [-1, 1] for code4.
    """
    positive = alpha >= 0
    rate = jnp.where(positive, log_up, -log_down)
    if code == "code1":
        value = jnp.exp(rate * alpha)
        return value, rate * value
    inside = jnp.abs(alpha) < 1
    outer = jnp.exp(rate * jnp.where(inside, 0.0, alpha))
    a = jnp.where(inside, alpha, 0.0)
    powers = [jnp.ones_like(a), a]
    for _ in range(4):
        powers.append(powers[-1] * a)
    terms = coefficients * jnp.stack(powers, axis=-1)
    value, slope = jnp.sum(terms, axis=-1), jnp.sum(terms * np.arange(1.0, 7.0)[None, :], axis=-1)
    return jnp.where(inside, 1.0 + a * value, outer), jnp.where(inside, slope, rate * outer)
