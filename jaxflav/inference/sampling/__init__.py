"""Draws from posteriors.

The No-U-Turn sampler is in ``nuts``, with ``settings`` and ``checkpoint``; chains and other draws are ``draws``, R-hat,
effective sample sizes, summaries and files in ``diagnostics``. Without a Markov chain: Pareto-smoothed importance
sampling in ``importance``, draws of equal weight in ``weighted_draws``, variational inference in ``variational``, and
the first look that combines them in ``quick_looks``.
"""
