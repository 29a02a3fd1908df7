"""What several models share, each word of the field in its file.

``widths``, ``loop_widths`` and ``hadronic_widths`` of mediators; ``escape`` from a detector; ``mediators`` that are
broad or off shell; ``vector_mixing`` with photon and Z; ``annihilation`` and its ``thermal_averages``; ``cosmology``,
``relic_density`` by freeze-out, ``boltzmann`` by the rate equation, ``freeze_in``; ``direct_detection``; ``running`` of
coefficients; ``oblique`` parameters and ``meson_mixing``. They build on ``phase_space``, ``bessel`` and ``numbers``.
Pure functions of arrays in powers of GeV, differentiable everywhere; a NaN, and a negative mass or width, gives NaN.

Marks in the docstrings say how a formula was checked. [V n]: by independent numerics, largest relative deviation 10^-n;
[G], [B], [N]: by algebra with explicit matrices, by spinor sums, by another numerical derivation; [L]: taken from the
literature; [U]: not verified. The numbers are in ``data``, each with its uncertainty, unit and source.
"""
