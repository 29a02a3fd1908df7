"""Fits, profiles and scans."""

from jaxflav.inference.covariance import covariance as covariance
from jaxflav.inference.fit import Fit as Fit, fit as fit
from jaxflav.inference.mass_scan import BestMass as BestMass, MassScan as MassScan, scan_masses as scan_masses
from jaxflav.inference.minuit import fit_with_minuit as fit_with_minuit
from jaxflav.inference.signal_strength import (
    SignalStrength as SignalStrength,
    fit_signal_strength as fit_signal_strength,
)
