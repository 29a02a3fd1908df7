"""Hadronic form factors: parametrisations, published sets and their covariances."""
