"""Checks of an inference.

Simulation-based calibration (SBC) is in ``calibration``, the samplers that it runs in ``calibrated_samplers``, its
table of ranks in ``rank_file``; prior and posterior predictive distributions with their p-values are in ``predictive``.
"""
