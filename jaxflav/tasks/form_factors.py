"""Form factors by name or file, and those that are taken where none is given."""

from collections.abc import Iterable, Sequence

from jaxflav.form_factors.files import form_factor_names, load_form_factors
from jaxflav.form_factors.processes import PROCESSES
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.io.errors import UnknownNameError
from jaxflav.tasks.defaults import DEFAULT_SETS


def form_factor_sets(names: Sequence[str]) -> list[FormFactorSet]:
    """Sets by name, each for all its processes, or from files; raises ``InputError`` as ``load_form_factors``."""
    built_in = {process: form_factor_names(process) for process in PROCESSES}
    known = {name for names in built_in.values() for name in names}
    sets = []
    for name in names:
        if name.endswith((".yaml", ".yml")):
            sets.append(load_form_factors(name))
            continue
        if name not in known:
            raise UnknownNameError("form-factor set (or path of a .yaml file)", name, known)
        sets += [load_form_factors(name, process) for process in PROCESSES if name in built_in[process]]
    return sets


def form_factors_of(names: Sequence[str], processes: Iterable[str] | None = None) -> list[FormFactorSet]:
    """Sets given by name or file, and the defaults where none is given; of some processes, or of all."""
    wanted = {*PROCESSES} if processes is None else {*processes}
    sets = [one for one in form_factor_sets(names) if one.process in wanted]
    given = {one.process for one in sets}
    missing = [(process, name) for process, name in DEFAULT_SETS.items() if process in wanted - given]
    return sets + [load_form_factors(name, process) for process, name in missing]
