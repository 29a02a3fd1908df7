"""Evidence (marginal likelihood) of a hypothesis, and posteriors that come with it.

Bayes factors and their scale are in ``evidence``; nuisance parameters are integrated by Laplace's method in
``integral`` (with the matrices of ``arrowhead``) for the likelihood of few parameters in ``marginal``, and made exact
in ``exact_draws``. Nested sampling is in ``nested``, its posterior in ``nested_posterior``, bridge sampling in
``bridge``, sums over a grid in ``grid`` and ``grid_posterior``, other priors in ``prior_sensitivity``.
"""
