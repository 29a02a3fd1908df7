"""Hypotheses: what is varied, and what it does to the couplings, masses and rates of invisible particles.

``hypothesis`` says what every hypothesis is and ``state`` what it gives at values of its parameters. Couplings of a
family are in ``couplings``, one strength of a direction and a branching fraction in ``rate``, Wilson coefficients of
neutrinos in ``neutrinos``, the Standard Model and its rescaled form in ``standard_model``, and functions of the user in
``user``; ``text`` makes any of them from words such as ``fermion-pair: f_VV, f_AV``.
"""
