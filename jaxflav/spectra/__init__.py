"""Decay spectra dBR/dq2 as discretised measures: continua, resonances and true lines."""
