"""Couplings of the new particles to the b -> s currents, one family of particles per file."""
