"""What all families of couplings share: named array leaves, zero unless given."""

import dataclasses

import equinox as eqx

from jaxflav.io.errors import UnknownNameError
from jaxflav.numerics.complex_values import as_coupling


class Couplings(eqx.Module):
    """Named couplings, real or complex; each is an array leaf, with the default of its field unless given.

    Raises
    ------
    UnknownNameError
        If a name is not a coupling of the family.
    """

    def __init__(self, **values):
        fields = {field.name: field.default for field in dataclasses.fields(self)}
        for name in values:
            if name not in fields:
                raise UnknownNameError(f"coupling of {type(self).__name__}", name, fields)
        for name, default in fields.items():
            setattr(self, name, as_coupling(values.get(name, default)))
