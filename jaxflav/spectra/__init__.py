"""Decay spectra dBR/dq2 as discretised measures: continua, resonances and true lines."""

from jaxflav.spectra.b_to_k import (
    sm_neutrino_density as sm_neutrino_density,
    sm_neutrinos as sm_neutrinos,
)
from jaxflav.spectra.decays import (
    decay_density as decay_density,
    spectrum as spectrum,
    two_body_line as two_body_line,
)
from jaxflav.spectra.resonance import breit_wigner as breit_wigner
from jaxflav.spectra.spectrum import (
    Spectrum as Spectrum,
    combine as combine,
    continuum as continuum,
    line as line,
    total as total,
)
