"""Numerical building blocks without physics: safe functions, quadrature, splines."""
