"""``load``: from names, or from an analysis file, to a problem."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.inference.posteriors.priors import Prior
from jaxflav.inputs.parameters import Parameters
from jaxflav.io.errors import InputError
from jaxflav.tasks.analysis_file import MASS, AnalysisTask, beside, check_content, load_task, task_from
from jaxflav.tasks.problem import LoadedProblem, problem_of


def load(
    *experiments: str | Path,
    hypothesis: str | AbstractHypothesis | None = None,
    mass: float | None = None,
    free_mass: bool = False,
    priors: Mapping[str, Any] | None = None,
    held: Mapping[str, float] | None = None,
    form_factors: Sequence[str] | str = (),
    constants: Parameters | None = None,
    width: float | None = None,
    chiral: bool = False,
    scale: float = 1e4,
    self_conjugate: bool = False,
    seed: int = 0,
) -> LoadedProblem:
    """The problem of some experiments and a hypothesis, or that of an analysis file.

    Parameters
    ----------
    *experiments : str or path
        Names such as ``belle2-2025``, directories, perhaps with channels as in ``babar-2013:K+``; or one analysis file,
        ``FILE.yaml``, with nothing else but ``free_mass`` and ``constants``.
    hypothesis : str or hypothesis
        ``fermion-pair: f_VV, f_AV``, ``line``, ``neutrinos``, ``sm``, ``rescaled-sm`` or ``FILE.py:NAME``; or what
        ``jaxflav.hypothesis`` gives.
    mass : float, optional
        Of the new particle in GeV: held, unless ``free_mass``, where it is the start. The default is 2.1 GeV, or 0.9 of
        what the decays allow if that is less.
    free_mass : bool
        Whether the mass is a parameter. It is one, too, if it has a prior and no value.
    priors : mapping of name to prior, optional
        ``{"h_V": {"uniform": [0, 1e-7]}}``, ``("uniform", 0, 1e-7)``, or a ``Prior``; ``sample`` needs one for every
        parameter without constraint.
    held : mapping of name to value, optional
        Parameters held. The Standard Model is, at mu = 1, unless mu has a prior or another value.
    form_factors : str or sequence of str
        Sets by name or file, in place of the defaults.
    constants : Parameters, optional
        In place of those that come with jaxflav.
    width : float, optional
        Of a ``line`` in GeV.
    chiral, scale, self_conjugate
        Of couplings given as words, as for ``couplings_hypothesis``.
    seed : int
        Of all random numbers.

    Raises
    ------
    InputError
        If a name is unknown, or anything does not belong together: before anything is compiled.
    """
    given = {
        "mass": mass,
        "width": width,
        "priors": priors,
        "held": held,
        "form_factors": form_factors or None,
        "chiral": chiral or None,
        "self_conjugate": self_conjugate or None,
        "scale": None if scale == 1e4 else scale,
        "seed": seed or None,
    }
    given = {key: value for key, value in given.items() if value is not None}
    if len(experiments) == 1 and hypothesis is None and Path(experiments[0]).suffix in (".yaml", ".yml"):
        if given:
            raise InputError(f"{experiments[0]} is an analysis file, which says all: write {', '.join(given)} into it")
        task = load_task(experiments[0])
    else:
        task = _task(experiments, hypothesis, given)
    free = free_mass or (task.mass is None and MASS in task.priors)
    return problem_of(task, free_mass=free, constants=constants)[0]


def _task(experiments, hypothesis, given) -> AnalysisTask:
    if not experiments:
        raise InputError("load needs experiments, such as 'belle2-2025', or an analysis file")
    if hypothesis is None:
        raise InputError("load needs a hypothesis: what is varied, such as 'vector: h_V', 'line' or 'rescaled-sm'")
    content: dict[str, Any] = {"experiment": [str(one) for one in experiments], **given}
    for key in ("mass", "width", "scale"):
        if key in content:
            content[key] = _number(key, content[key])
    if "form_factors" in content and not isinstance(content["form_factors"], str):
        content["form_factors"] = list(content["form_factors"])
    priors = content.pop("priors", {})
    objects = {name: prior for name, prior in priors.items() if isinstance(prior, Prior)}
    content["priors"] = {name: _words(prior) for name, prior in priors.items() if name not in objects}
    content["held"] = {name: _number(name, value) for name, value in content.get("held", {}).items()}
    is_text = isinstance(hypothesis, str)
    if is_text:
        content["hypothesis"] = beside(hypothesis, Path())
    return task_from(check_content(content, "load"), None if is_text else hypothesis, objects)


def _number(name, value):
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {value!r}, expected a number") from None


def _words(prior):
    if isinstance(prior, (tuple, list)) and prior and isinstance(prior[0], str):
        return {prior[0]: [float(x) for x in prior[1:]]}
    return prior
