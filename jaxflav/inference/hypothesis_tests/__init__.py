"""Hypothesis tests: limits and p-values, with toys or asymptotic.

Upper limits by CLs are in ``cls_limits``, q_0, q_mu and Asimov data in ``likelihood_ratios``, pseudo-experiments,
p-values and significances in ``toys``, the Neyman construction with ordering by likelihood ratios in
``feldman_cousins``, ``goodness_of_fit`` (saturated model), and the global significance of a line in ``look_elsewhere``.
"""
