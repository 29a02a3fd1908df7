"""The tree-level contribution B+ -> tau+ nu, tau+ -> K(*)+ nubar as a component of the spectra."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxflav.form_factors.processes import TO_VECTOR, find_process
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_PLUS_TO_KSTAR_PLUS, Decay
from jaxflav.rates.hadronic import PolarisedRate
from jaxflav.rates.tau_tree import b_to_tau, tau_shape_pseudoscalar, tau_shape_vector, tau_to_meson

_DECAY_CONSTANTS = {B_PLUS_TO_K_PLUS.name: "f_Kplus", B_PLUS_TO_KSTAR_PLUS.name: "f_Kstar"}


def has_tau_tree(decay: Decay) -> bool:
    """Whether the tree-level contribution exists, and is known here: for B+ -> K+ and B+ -> K*+."""
    return decay.name in _DECAY_CONSTANTS


def tau_tree_branching_fraction(parameters: Parameters, decay: Decay) -> Float[Array, ""]:
    """BR(B+ -> tau+ nu) BR(tau+ -> K(*)+ nubar), from decay constants and CKM elements.

    Radiative corrections, about 1 % in the rate of the tau, are not included.

    Raises
    ------
    InputError
        If the decay is neither B+ -> K+ nor B+ -> K*+.

    References
    ----------
    Kamenik, Smith, arXiv:0908.1174.
    """
    if not has_tau_tree(decay):
        raise InputError(
            f"the tree-level contribution through a tau is for {' and '.join(_DECAY_CONSTANTS)}, found {decay.name}: "
            "neutral modes have none, and those to pi+ and rho+ are not included"
        )
    p = parameters
    m_B, m_K = decay.masses(p)
    vector = find_process(decay.process) is TO_VECTOR
    first = b_to_tau(m_B=m_B, m_tau=p["m_tau"], f_B=p["f_B"], G_F=p["G_F"], V_ub=p["V_ub"])
    second = tau_to_meson(
        m_tau=p["m_tau"],
        m_K=m_K,
        f_K=p[_DECAY_CONSTANTS[decay.name]],
        G_F=p["G_F"],
        V_us=p["V_us"],
        vector=vector,
    )
    return decay.branching_fraction(p, first) * second * p["tau_tau"] / p["hbar"]


def tau_tree_density(
    parameters: Parameters, decay: Decay, q2: Float[Array, "*n"]
) -> Float[Array, "*n"] | PolarisedRate:
    """Density dBR/dq2 in GeV^-2, where q2 in GeV^2, of any shape, is that of the two neutrinos.

    Returns
    -------
    density
        An array for K+, a ``PolarisedRate`` for K*+; 0 beyond ``tau_end_point``.

    Raises
    ------
    InputError
        As ``tau_tree_branching_fraction``.
    """
    branching = tau_tree_branching_fraction(parameters, decay)
    m_B, m_K = decay.masses(parameters)
    masses = {"m_B": m_B, "m_K": m_K, "m_tau": parameters["m_tau"]}
    q2 = jnp.asarray(q2, float)
    if find_process(decay.process) is TO_VECTOR:
        return tau_shape_vector(q2, **masses).scaled(branching)
    return branching * tau_shape_pseudoscalar(q2, **masses)
