"""Profile likelihoods: all other parameters at their best values.

The profile of one parameter, with its scan and the MINOS-like interval, is in ``profile``, crossings and minima on a
grid in ``interval``, two parameters in ``plane`` with their confidence regions in ``contours``; ``impacts`` has pulls
and impacts of nuisance parameters, ``signal_strength`` the best mu with its significance.
"""
