"""SMEFT coefficients to b -> s nu nubar by the evolution matrices of ``rgevolve``: linear, so with exact gradients."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Inexact

from jaxflav.couplings.neutrino_bases import basis_names
from jaxflav.io.errors import InputError, UnknownNameError

# GeV; below m_W the vector operators of b -> s nu nubar do not run
B_SCALE = 4.8
# of rgevolve: one with conserved lepton flavour, and one for each pair of flavours
_SECTORS = ("sbnuinui", "sbnumunue", "sbnumunutau", "sbnutaunue")


class SmeftEvolution(eqx.Module):
    """Linear function from SMEFT coefficients to those of b -> s nu nubar in the JMS basis, GeV^-2 both.

    Attributes
    ----------
    of_real, of_imaginary
        Complex matrices of shape (18, n): what real and imaginary parts of the n coefficients contribute.
    names
        Static. The n names of SMEFT.
    hermitian
        Static. Those of them that are real, for their operators are hermitian.
    """

    of_real: Complex[Array, "18 n"]
    of_imaginary: Complex[Array, "18 n"]
    names: tuple[str, ...] = eqx.field(static=True)
    hermitian: tuple[str, ...] = eqx.field(static=True)

    def __call__(self, values: Mapping[str, Inexact[Array, ""]]) -> dict[str, Complex[Array, ""]]:
        """Coefficients by name, as ``from_jms`` takes them, from some of ``names``; the others are 0.

        Raises
        ------
        UnknownNameError
            If a name is not in ``names``.
        InputError
            If the coefficient of a hermitian operator has an imaginary part.
        """
        for name, value in values.items():
            if name not in self.names:
                raise UnknownNameError("SMEFT coefficient of this evolution", name, self.names)
            if name in self.hermitian and not isinstance(value, jax.core.Tracer) and np.imag(value) != 0:
                raise InputError(
                    f"{name} must be real, its operator is hermitian; found {value}: the matrix is not hermitian"
                )
        given = jnp.stack([jnp.asarray(values.get(name, 0.0), complex) for name in self.names])
        real, imaginary = (jnp.asarray(part, complex) for part in (jnp.real(given), jnp.imag(given)))
        found = self.of_real @ real + self.of_imaginary @ imaginary
        return {name: found[i] for i, name in enumerate(basis_names("JMS"))}


def smeft_evolution(names: Sequence[str], scale: float, basis: str = "Warsaw") -> SmeftEvolution:
    """Evolution of some SMEFT coefficients from a scale to ``B_SCALE``, by ``rgevolve``.

    The first use on a machine inverts all matrices of rgevolve and keeps them in a cache, which takes minutes.

    Parameters
    ----------
    names
        Of the coefficients, as in WCxf.
    scale
        GeV, between those that rgevolve has: m_Z and 1000 TeV.
    basis
        Of WCxf, "Warsaw" or another one that rgevolve has installed.

    Raises
    ------
    ImportError
        If rgevolve is not installed.
    UnknownNameError
        If a name is not of the basis.
    InputError
        If rgevolve has not this basis or scale.
    """
    from rgevolve import tools

    names = tuple(names)
    of_real, of_imaginary = np.zeros((2, 18, len(names)), complex)
    rows = basis_names("JMS")
    try:
        entries = set(tools.get_wc_basis("SMEFT", basis))
        for sector in _SECTORS:
            matrix = tools.run_and_match("SMEFT", "WET", basis, "JMS", float(scale), B_SCALE, sector)
            columns = tools.get_wc_basis("SMEFT", basis, tools.matching_sectors[sector])
            for row, (name, part) in enumerate(tools.get_wc_basis("WET", "JMS", sector)):
                unit = {"R": 1, "I": 1j}[part]
                for column, (wanted, kind) in enumerate(columns):
                    if wanted in names:
                        target = {"R": of_real, "I": of_imaginary}[kind]
                        target[rows.index(name), names.index(wanted)] += unit * matrix[row, column]
    except (KeyError, ValueError, ImportError, OSError) as error:
        raise InputError(f"rgevolve cannot run the basis {basis} from {scale:g} GeV: {error}") from error
    for name in names:
        if (name, "R") not in entries:
            raise UnknownNameError(f"coefficient of the basis {basis} of SMEFT", name, {entry[0] for entry in entries})
    hermitian = tuple(name for name in names if (name, "I") not in entries)
    return SmeftEvolution(jnp.asarray(of_real), jnp.asarray(of_imaginary), names, hermitian)
