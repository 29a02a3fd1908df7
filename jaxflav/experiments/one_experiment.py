"""The likelihood of one public likelihood, the constants of the theory held at their values."""

from jaxflav.experiments.analysis import Analysis
from jaxflav.experiments.combination import combine
from jaxflav.form_factors.sets import FormFactorSet
from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.inputs.parameters import Parameters
from jaxflav.likelihood.likelihood import Likelihood


def one_experiment(
    analysis: Analysis, constants: Parameters, form_factors: FormFactorSet, hypothesis: AbstractHypothesis
) -> Likelihood:
    """Likelihood of one analysis for a hypothesis; form factors are its only theory nuisances.

    Parameters
    ----------
    analysis : Analysis
        Such as ``load_analysis("belle2-2025")``.
    constants : Parameters
        Constants.
    form_factors : FormFactorSet
        Of the decay of the analysis; its covariance enters as independent nuisance parameters.
    hypothesis : AbstractHypothesis
        What is varied, such as ``BranchingFraction("B+ -> K+")``.

    Raises
    ------
    InputError
        As ``combine``.
    """
    return combine((analysis,), constants, (form_factors,), hypothesis, vary_constants=False)
