"""Posterior densities, before anything is sampled.

Prior densities are in ``priors``, the posterior in unbounded, whitened coordinates in ``posterior``, how these
straighten large normalisation uncertainties in ``coordinates``, maxima and their weights in ``modes``, draws from the
prior, also for prior predictive distributions, in ``prior_draws``.
"""
