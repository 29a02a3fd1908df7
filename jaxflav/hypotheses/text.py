"""Hypotheses from words: ``sm``, ``line``, ``fermion-pair: f_VV, f_AV``, ``neutrinos: cVL``, ``model.py:dark``."""

import importlib.util
import inspect
from collections.abc import Sequence
from pathlib import Path

from jaxflav.couplings.families import EOS_NAMES, FAMILIES, coupling_names
from jaxflav.hypotheses.couplings import CouplingsHypothesis, couplings_hypothesis
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.neutrinos import NEUTRINOS, SENSITIVE, NeutrinoHypothesis, neutrino_hypothesis
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.hypotheses.standard_model import StandardModel
from jaxflav.io.errors import InputError, UnknownNameError
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS

STANDARD_MODEL, RESCALED, LINE = "sm", "rescaled-sm", "line"
WORDS = (STANDARD_MODEL, RESCALED, LINE, NEUTRINOS, *FAMILIES)


def parse_hypothesis(
    text: str, *, chiral: bool = False, scale: float = 1e4, self_conjugate: bool = False, width: float | None = None
) -> AbstractHypothesis:
    """Hypothesis from words.

    Parameters
    ----------
    text : str
        ``sm`` or ``rescaled-sm``; ``line``, one particle with a branching fraction of B+ -> K+; a family with some of
        its couplings, such as ``fermion-pair: f_VV, im(f_AV)``, or couplings alone where these tell the family;
        ``neutrinos``, perhaps with coefficients; ``FILE.py:NAME``, a hypothesis or a function of the user that has
        ``parameters`` as an attribute.
    chiral, scale, self_conjugate
        As for ``couplings_hypothesis``.
    width : float, optional
        Of a line in GeV.

    Raises
    ------
    UnknownNameError
        If a family or coupling is unknown.
    InputError
        If the text is of no such form, or the file cannot be read.
    """
    head, colon, rest = (part.strip() for part in text.partition(":"))
    names = tuple(name.strip() for name in rest.split(",") if name.strip())
    if head.endswith(".py"):
        return _from_file(Path(head), rest)
    if width is not None and head != LINE:
        raise InputError(f"a width goes with the hypothesis {LINE}, found {text!r}; leave it out")
    if head in (STANDARD_MODEL, RESCALED, LINE) and colon:
        raise InputError(f"hypothesis {text!r}: {head} takes no couplings; leave out {rest!r}")
    if head in (STANDARD_MODEL, RESCALED):
        return StandardModel()
    if head == LINE:
        return BranchingFraction(B_PLUS_TO_K_PLUS.name, width=width)
    options = {"chiral": chiral, "scale": scale, "self_conjugate": self_conjugate}
    if head == NEUTRINOS:
        return hypothesis_of(NEUTRINOS, names or tuple(SENSITIVE), chiral=chiral, self_conjugate=self_conjugate)
    if head in FAMILIES:
        if not names:
            raise InputError(f"hypothesis {text!r}: name couplings, such as '{head}: {coupling_names(head)[0]}'")
        return couplings_hypothesis(head, names, **options)
    if colon:
        raise UnknownNameError("hypothesis", head, WORDS)
    names = tuple(name.strip() for name in head.split(","))
    family = family_of(names)
    return hypothesis_of(family, names, **options)


def hypothesis_of(
    family: str, names: Sequence[str], *, chiral: bool = False, scale: float = 1e4, self_conjugate: bool = False
) -> CouplingsHypothesis | NeutrinoHypothesis:
    """Some couplings of a family, or coefficients of ``neutrinos``; see ``couplings_hypothesis``.

    Raises
    ------
    InputError
        As ``couplings_hypothesis`` and ``neutrino_hypothesis``, or if neutrinos are to have another basis.
    """
    if family == NEUTRINOS:
        if chiral or self_conjugate:
            raise InputError("neutrino coefficients have no other basis, and no self-conjugation: leave these out")
        return neutrino_hypothesis(names)
    if family not in FAMILIES:
        raise UnknownNameError("family of couplings", family, (*FAMILIES, NEUTRINOS))
    return couplings_hypothesis(family, names, chiral=chiral, scale=scale, self_conjugate=self_conjugate)


def family_of(names: tuple[str, ...]) -> str:
    """The one family that has all these couplings.

    Raises
    ------
    UnknownNameError
        If none has.
    InputError
        If several have.
    """
    bare = {name[3:-1] if name.startswith("im(") and name.endswith(")") else name for name in names}
    known = {family: set(coupling_names(family)) for family in FAMILIES} | {NEUTRINOS: set(EOS_NAMES)}
    found = [family for family, of_family in known.items() if bare <= of_family]
    if not found:
        every = {*WORDS, *(name for of_family in known.values() for name in of_family)}
        unknown = next((name for name in sorted(bare) if name not in every), None)
        if unknown is not None:
            raise UnknownNameError("hypothesis or coupling", unknown, sorted(every))
        raise InputError(
            f"{', '.join(names)} are not of one family; give couplings of one, such as 'fermion-pair: f_VV'"
        )
    if len(found) > 1:
        raise InputError(f"{', '.join(names)} may be of {' or '.join(found)}: write '{found[0]}: {', '.join(names)}'")
    return found[0]


def _from_file(path, name):
    if not path.is_file():
        raise InputError(f"hypothesis {path}:{name}: there is no file {path}; give the path of a Python file")
    if not name.isidentifier():
        raise InputError(f"hypothesis {path}:{name}: expected FILE.py:NAME, the name of a hypothesis in the file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except InputError:
        raise
    except Exception as error:  # whatever a file of the user may raise
        raise InputError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not isinstance(found, AbstractHypothesis):
        known = [n for n, value in inspect.getmembers(module) if isinstance(value, AbstractHypothesis)]
        if known:
            raise UnknownNameError(f"hypothesis of {path}", name, known)
        raise InputError(
            f"{path} has no hypothesis {name!r}; write {name} = jaxflav.hypothesis(function, parameters=...)"
        )
    return found
