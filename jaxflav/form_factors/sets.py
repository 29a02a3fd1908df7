"""Form-factor sets with their covariance, and the form factors of B -> pseudoscalar."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.form_factors.bsz import expansion
from jaxflav.form_factors.processes import TO_PSEUDOSCALAR, find_process
from jaxflav.io.errors import InputError

# covariances are published with about nine digits, and rounding leaves them slightly asymmetric
_SYMMETRY = 1e-7


class FormFactorSet(eqx.Module):
    """Gaussian set of the independent coefficients of a BSZ expansion.

    Attributes
    ----------
    mean
        Coefficients, shape (n,).
    covariance
        Shape (n, n).
    cholesky
        Lower triangular L with L L^T = covariance: coefficients = mean + L @ nuisances.
    embedding
        Matrix from the independent to all coefficients, shape (functions, order + 1, n).
    poles
        Masses of the subtracted poles in GeV, one per form factor.
    m_parent, m_daughter
        Masses in the z variable, GeV. They belong to the set, and are not the masses in the kinematics.
    name, process, parameters, sources
        Name of the set, decay ("B -> K"), names of the coefficients, reference keys for ``jaxflav.cite``.

    Raises
    ------
    InputError
        If the numbers are not finite, the shapes do not fit, or the covariance is not symmetric and positive
        definite.
    """

    mean: Float[Array, " n"]
    covariance: Float[Array, "n n"]
    cholesky: Float[Array, "n n"]
    embedding: Float[Array, "functions order_plus_one n"]
    poles: Float[Array, " functions"]
    m_parent: Float[Array, ""]
    m_daughter: Float[Array, ""]
    name: str = eqx.field(static=True)
    process: str = eqx.field(static=True)
    parameters: tuple[str, ...] = eqx.field(static=True)
    sources: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, name, process, order, mean, covariance, poles, m_parent, m_daughter, sources):
        kind = find_process(process)
        self.parameters = kind.free_coefficients(order)
        mean, covariance = np.asarray(mean, float), np.asarray(covariance, float)
        n = len(self.parameters)
        if mean.shape != (n,):
            raise InputError(f"expected {n} coefficients, {self.parameters}; found {mean.shape}")
        if set(poles) != set(kind.functions):
            raise InputError(f"expected poles of {', '.join(kind.functions)}; found {', '.join(poles)}")
        masses = [float(m) for m in (m_parent, m_daughter, *poles.values())]
        if not (np.all(np.isfinite(masses)) and min(masses) > 0):
            raise InputError(f"masses and poles must be positive and finite, found {masses}")
        if not np.all(np.isfinite(mean)):
            raise InputError(f"coefficients must be finite, found {mean.tolist()}")
        self.mean = jnp.asarray(mean)
        self.covariance, self.cholesky = (jnp.asarray(x) for x in _factorise(covariance, n))
        self.embedding = jnp.asarray(kind.embedding(order, float(m_parent), float(m_daughter)))
        self.poles = jnp.asarray([poles[f] for f in kind.functions], float)
        self.m_parent, self.m_daughter = jnp.asarray(m_parent, float), jnp.asarray(m_daughter, float)
        self.name, self.process, self.sources = name, process, tuple(sources)

    def coefficients(self, nuisances: Float[Array, " n"]) -> Float[Array, " n"]:
        """Coefficients for independent standard-normal nuisance parameters of shape (n,); 0 is the mean.

        Raises
        ------
        InputError
            If the nuisance parameters have another shape.
        """
        if jnp.shape(nuisances) != self.mean.shape:
            raise InputError(
                f"expected one nuisance parameter per coefficient of {self.name}, shape {self.mean.shape}; "
                f"found the shape {jnp.shape(nuisances)}"
            )
        return self.mean + self.cholesky @ jnp.asarray(nuisances, float)


def _factorise(covariance: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    if covariance.shape != (n, n):
        raise InputError(f"expected a covariance of shape {(n, n)}, found {covariance.shape}")
    if not np.all(np.isfinite(covariance)):
        bad = np.argwhere(~np.isfinite(covariance))[0].tolist()
        raise InputError(f"the covariance must be finite, found {covariance[tuple(bad)]} at {bad}")
    sigma = np.sqrt(np.abs(np.diag(covariance)))
    excess = np.abs(covariance - covariance.T) - _SYMMETRY * np.outer(sigma, sigma)
    if np.any(excess > 0):
        i, j = np.argwhere(excess > 0)[0].tolist()
        raise InputError(
            f"the covariance must be symmetric, found {covariance[i, j]} at [{i}, {j}] "
            f"and {covariance[j, i]} at [{j}, {i}]"
        )
    symmetric = (covariance + covariance.T) / 2
    try:
        return symmetric, np.linalg.cholesky(symmetric)
    except np.linalg.LinAlgError:
        lowest = float(np.linalg.eigvalsh(symmetric)[0])
        raise InputError(
            f"the covariance must be positive definite, found the eigenvalue {lowest:g}: "
            "give it with more digits, or leave out a coefficient that the others fix"
        ) from None


class BToPFormFactors(NamedTuple):
    """Form factors of B -> pseudoscalar, each of the shape of q2, as defined in arXiv:2403.13887 (C1)-(C3)."""

    f_plus: Float[Array, "*q2"]
    f_0: Float[Array, "*q2"]
    f_T: Float[Array, "*q2"]


BToKFormFactors = BToPFormFactors


def evaluate(ff_set: FormFactorSet, nuisances: Float[Array, " n"], q2: Float[Array, "*q2"]) -> Float[Array, "f *q2"]:
    """All form factors of a set, in the order of its process, at q2 in GeV^2 of any shape."""
    coefficients = jnp.einsum("fkn,n->fk", ff_set.embedding, ff_set.coefficients(nuisances))
    return expansion(coefficients, ff_set.poles, ff_set.m_parent, ff_set.m_daughter, q2)


def b_to_p(ff_set: FormFactorSet, nuisances: Float[Array, " n"], q2: Float[Array, "*q2"]) -> BToPFormFactors:
    """Form factors f_+, f_0, f_T of B -> pseudoscalar.

    Parameters
    ----------
    ff_set
        A set for a process with a pseudoscalar in the final state, such as "B -> K" or "B -> pi".
    nuisances
        Independent standard-normal parameters, shape (n,); zeros give the mean.
    q2
        GeV^2, any shape.

    Raises
    ------
    InputError
        If the final state of the set is a vector meson.
    """
    if find_process(ff_set.process) is not TO_PSEUDOSCALAR:
        raise InputError(f"expected form factors of B -> pseudoscalar, found {ff_set.name} for {ff_set.process}")
    return BToPFormFactors(*evaluate(ff_set, nuisances, q2))


def b_to_k(ff_set: FormFactorSet, nuisances: Float[Array, " n"], q2: Float[Array, "*q2"]) -> BToPFormFactors:
    """Form factors f_+, f_0, f_T of B -> K: ``b_to_p`` for a set that must be for "B -> K".

    Raises
    ------
    InputError
        If the set is for another process.
    """
    if ff_set.process != "B -> K":
        raise InputError(f"expected form factors of B -> K, found {ff_set.name} for {ff_set.process}")
    return b_to_p(ff_set, nuisances, q2)
