"""Hadronic form factors: parametrisations, published sets and their covariances."""

from jaxflav.form_factors.b_to_v import (
    BToVFormFactors as BToVFormFactors,
    b_to_v as b_to_v,
    end_point_relations as end_point_relations,
)
from jaxflav.form_factors.files import form_factor_names as form_factor_names, load_form_factors as load_form_factors
from jaxflav.form_factors.sets import (
    BToPFormFactors as BToPFormFactors,
    FormFactorSet as FormFactorSet,
    b_to_k as b_to_k,
    b_to_p as b_to_p,
)
