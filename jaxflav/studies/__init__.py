"""Studies with experiments: what a paper shows.

The main result t(m), the best mass and its interval, is in ``mass_scan``, the same for all couplings in
``every_scenario``, confidence regions of couplings in ``favoured_regions``, fits of several hypotheses and their
comparison in ``hypothesis_fits``, sensitivities and discrimination with future data in ``projections``, the branching
fractions and other observables that follow from a posterior in ``derived_observables``.
"""
