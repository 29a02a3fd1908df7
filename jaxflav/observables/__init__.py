"""Observables of a scenario with their uncertainties: branching fractions, F_L, ratios, shapes; binned or at one q2."""

from jaxflav.observables.observable import Observable as Observable, parse_observable as parse_observable
from jaxflav.observables.prediction import Prediction as Prediction, predict as predict
from jaxflav.observables.sampling import predict_by_sampling as predict_by_sampling
from jaxflav.observables.scenario import Scenario as Scenario
