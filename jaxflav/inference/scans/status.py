"""Status of a point of a scan that was not fitted."""

BEYOND_THRESHOLD = "not fitted: the mass is at or beyond the threshold of the decay"
