"""The Standard Model alone: its rate may be multiplied by mu, which the likelihood adds to every hypothesis."""

from jaxflav.hypotheses.hypothesis import AbstractHypothesis
from jaxflav.hypotheses.state import State


class StandardModel(AbstractHypothesis):
    """Nothing new; with mu free the rescaled Standard Model."""

    names = lower = upper = start = scale = labels = units = ()

    def at(self, constants, values):
        """No new particles."""
        return State()

    def shapes(self, constants):
        """None."""
        return ()
