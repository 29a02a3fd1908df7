"""Models with new particles: from the parameters of a Lagrangian to couplings, widths, lifetimes and dark matter."""
