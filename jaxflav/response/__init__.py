"""From generated q2 to the bins of an analysis."""
