"""The constants and measured inputs, by name."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require
from jaxflav.numerics.precision import require_x64


class Parameters(eqx.Module):
    """Named constants; a frozen module with one array leaf, so a differentiable argument of any function.

    Attributes
    ----------
    values
        Array of shape (n,), each value in its own unit.
    names, units, sources
        Tuples of length n: names, units (GeV, GeV^-2, s, ...) and reference keys for ``jaxflav.cite``.
    uncertainties
        Tuple of n standard deviations, in the units of the values; 0 for exact constants.
    """

    values: Float[Array, " n"]
    names: tuple[str, ...] = eqx.field(static=True)
    uncertainties: tuple[float, ...] = eqx.field(static=True)
    units: tuple[str, ...] = eqx.field(static=True)
    sources: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, values, names, uncertainties, units, sources):
        self.values = jnp.asarray(values, float)
        self.names = tuple(names)
        self.uncertainties = tuple(float(u) for u in uncertainties)
        self.units = tuple(units)
        self.sources = tuple(sources)
        n = len(self.names)
        if self.values.shape != (n,) or {len(self.uncertainties), len(self.units), len(self.sources)} != {n}:
            raise InputError(
                f"expected {n} values, uncertainties, units and sources, one per name; found values of shape "
                f"{self.values.shape} and {len(self.uncertainties)}, {len(self.units)}, {len(self.sources)}"
            )
        if len(set(self.names)) < n:
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise InputError(f"each parameter must be given once, found more than once: {', '.join(twice)}")

    def index(self, name: str) -> int:
        """Position of a parameter; raises ``UnknownNameError`` for an unknown name."""
        if name not in self.names:
            raise UnknownNameError("parameter", name, self.names)
        return self.names.index(name)

    def __getitem__(self, name: str) -> Float[Array, ""]:
        return self.values[self.index(name)]

    def replace(
        self,
        mapping: Mapping[str, Float[Array, ""]] | str | None = None,
        value: Float[Array, ""] | None = None,
        /,
        *,
        uncertainty: float | None = None,
        **values,
    ) -> "Parameters":
        """Copy with other values for some names: ``replace("lambda_t", 0.0394, uncertainty=0.0008)``.

        |lambda_t| = |V_tb V_ts^*| follows |V_cb|: by the unitarity of the CKM matrix their ratio is that of the global
        fit, 1 - lambda^2 (1/2 - rho) + O(lambda^4), whose error is negligible. Where ``V_cb`` is replaced and
        ``lambda_t`` is not, both change, with the relative uncertainty of ``V_cb`` if that is given. ``lambda_t_d``
        depends on the angles of the unitarity triangle, too, and does not follow.

        Parameters
        ----------
        mapping : mapping of name to value, or str
            Several names, or one, whose value comes next.
        value : scalar, optional
            Of the one name.
        uncertainty : float, optional
            Standard deviation of the one name that is replaced; all others keep theirs.
        **values
            Further names.

        Raises
        ------
        UnknownNameError
            If a name is not a parameter.
        InputError
            If a name has no value, or an uncertainty is negative, not finite, or of more than one name.
        """
        if isinstance(mapping, str) != (value is not None):
            raise InputError("replace takes a name with its value, a mapping, or keywords; found one without the other")
        new = {mapping: value} if isinstance(mapping, str) else dict(mapping or {})
        new |= values
        if uncertainty is not None and len(new) != 1:
            raise InputError(f"an uncertainty is of one name, found {', '.join(new) or 'none'}: replace one by one")
        if uncertainty is not None and not (np.isfinite(uncertainty) and uncertainty >= 0):
            raise InputError(f"uncertainty is {uncertainty!r}, expected a finite number of at least 0")
        errors = dict.fromkeys(new, uncertainty)
        if "V_cb" in new and "lambda_t" not in new:
            ratio = self["lambda_t"] / self["V_cb"]
            new["lambda_t"] = ratio * new["V_cb"]
            errors["lambda_t"] = None if uncertainty is None else float(ratio) * uncertainty
        found, uncertainties = self.values, list(self.uncertainties)
        for name, number in new.items():
            found = found.at[self.index(name)].set(jnp.asarray(number, float))
            if errors[name] is not None:
                uncertainties[self.index(name)] = errors[name]
        return Parameters(found, self.names, uncertainties, self.units, self.sources)

    def flatten(self) -> dict[str, Float[Array, ""]]:
        """Scalar arrays by name, in the order of ``names``."""
        return {name: self[name] for name in self.names}


def load_parameters(path: str | Path | None = None) -> Parameters:
    """Parameters from a YAML file; without a path, those that come with jaxflav.

    The file holds a list ``parameters`` of entries with the keys name, value, uncertainty, unit, source (a
    BibTeX key, which ``cite`` looks up), year and description.

    Raises
    ------
    DataFileError
        If the file does not have this form, or a number is not finite.
    RuntimeError
        If JAX does not compute in double precision.
    """
    require_x64()
    file = files("jaxflav.inputs") / "data" / "parameters.yaml" if path is None else Path(path)
    columns: dict[str, list] = {"value": [], "name": [], "uncertainty": [], "unit": [], "source": []}
    kinds = {"value": float, "name": str, "uncertainty": float, "unit": str, "source": str}
    for i, entry in enumerate(require(read_yaml(file), "parameters", list, file)):
        where = f"{file}, entry {i + 1}"
        if not isinstance(entry, dict):
            raise DataFileError(f"{where}: expected a mapping with the keys {', '.join(kinds)}, found {entry!r}")
        where = f"{where} ({entry.get('name', 'without name')})"
        for key, kind in kinds.items():
            columns[key].append(require(entry, key, kind, where))
        require(entry, "year", int, where)
        require(entry, "description", str, where)
        value, uncertainty = columns["value"][-1], columns["uncertainty"][-1]
        if not (np.isfinite(value) and np.isfinite(uncertainty) and uncertainty >= 0):
            raise DataFileError(
                f"{where}: expected a finite value and an uncertainty of at least 0, found {value} +- {uncertainty}"
            )
    try:
        return Parameters(columns["value"], columns["name"], columns["uncertainty"], columns["unit"], columns["source"])
    except ValueError as error:
        raise DataFileError(f"{file}: {error}") from error
