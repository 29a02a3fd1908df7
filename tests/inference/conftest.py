import pytest

from jaxflav.experiments.analysis import load_analysis
from jaxflav.experiments.one_experiment import one_experiment
from jaxflav.form_factors.files import load_form_factors
from jaxflav.hypotheses.rate import BranchingFraction
from jaxflav.inputs.parameters import load_parameters
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import Likelihood, NoSignal


@pytest.fixture(scope="session")
def belle2():
    return load_analysis("belle2-2025")


@pytest.fixture(scope="session")
def published(belle2):
    """The Belle II likelihood as published, with mu."""
    return Likelihood(build_histfactory(belle2.tables), NoSignal())


@pytest.fixture(scope="session")
def two_body(belle2):
    return one_experiment(
        belle2, load_parameters(), load_form_factors("HPQCD2022+FLAG2021"), BranchingFraction("B+ -> K+")
    )
