"""Published analyses, assembled from response, yields and likelihood."""

from jaxflav.experiments.analysis import (
    Analysis as Analysis,
    analysis_names as analysis_names,
    experiment_names as experiment_names,
    load_analysis as load_analysis,
)
from jaxflav.experiments.combination import combine as combine
from jaxflav.experiments.data_file import check_data as check_data, load_data as load_data
from jaxflav.experiments.hepdata import load_hepdata as load_hepdata
from jaxflav.experiments.loading import load_experiment as load_experiment
from jaxflav.experiments.one_experiment import one_experiment as one_experiment
