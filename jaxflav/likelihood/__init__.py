"""Poisson likelihoods with constrained nuisance parameters."""
