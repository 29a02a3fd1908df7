"""Decay rates as pure functions of masses, couplings and form factors."""
