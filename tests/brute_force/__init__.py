"""Decay rates from the operators by brute force, as an independent check of closed formulas.

The brute force knows no formula for a rate. Explicit Dirac matrices, spinors and polarisation vectors
(:mod:`.dirac`) make the currents of the invisible particles (:mod:`.invisible`); the matrix elements of the
mesons (:mod:`.hadronic`) are functions of explicit four-momenta; :mod:`.phase_space` multiplies, sums over all
spins and integrates; :mod:`.rates` gives one function per decay. The modules formulas_* hold the closed
formulas, which test_against_formulas compares with it.

Conventions: metric (+, -, -, -), gamma_5 = i gamma^0 gamma^1 gamma^2 gamma^3, sigma = (i/2)[gamma, gamma],
eps^{0123} = +1, for which sigma_{mn} gamma_5 = (i/2) eps_{mnab} sigma^{ab}. Units: powers of GeV.

References
----------
Bolton, Fajfer, Kamenik, Novoa-Brunet, arXiv:2403.13887: operators (3)-(5), matrix elements (C1)-(C12).
"""
