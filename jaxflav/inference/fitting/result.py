"""What a fit returns: the point, and whether it is a result."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

CONVERGED, MAX_ITERATIONS, NO_PROGRESS, NOT_FINITE, NO_MAXIMUM, UNCHECKED = range(6)
STATUS_TEXT = {
    CONVERGED: "converged",
    MAX_ITERATIONS: "not converged: the maximum number of iterations was reached",
    NO_PROGRESS: "not converged: no step lowers the objective",
    NOT_FINITE: "not converged: the likelihood is not finite at the start",
    NO_MAXIMUM: "not converged: the point is no maximum of the likelihood, and none of the points around it is higher",
    UNCHECKED: "not converged: whether the point is a maximum was not checked",
}


class Fit(eqx.Module):
    """Result of a fit; every attribute gains leading axes under vmap.

    Attributes
    ----------
    parameters : (p,) array
        Best-fit values, in the order of ``likelihood.parameter_names``.
    log_likelihood : scalar
        Log-likelihood there, with all constants.
    status : int
        A key of ``STATUS_TEXT``; only ``CONVERGED`` is a result.
    iterations : int
        Number of steps tried.
    decrement : scalar
        Decrease of -ln L that one more step is predicted to give, half the square of the Newton decrement.
    gradient : scalar
        Largest slope of ln L at the end, per standard deviation of the parameter with the others held; parameters that
        are held or press on a bound do not count.
    """

    parameters: Float[Array, " p"]
    log_likelihood: Float[Array, ""]
    status: Int[Array, ""]
    iterations: Int[Array, ""]
    decrement: Float[Array, ""]
    gradient: Float[Array, ""]

    @property
    def converged(self) -> Bool[Array, ""]:
        """Whether the fit is a result: numbers, and a maximum."""
        numbers = jnp.isfinite(self.log_likelihood) & jnp.all(jnp.isfinite(self.parameters), axis=-1)
        return (self.status == CONVERGED) & numbers
