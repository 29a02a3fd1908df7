"""Hadronic form factors: parametrisations, published sets and their covariances."""

from jaxflav.form_factors.files import form_factor_names as form_factor_names, load_form_factors as load_form_factors
from jaxflav.form_factors.sets import FormFactorSet as FormFactorSet, b_to_k as b_to_k
