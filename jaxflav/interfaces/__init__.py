"""Exchange with other programs, by their formats.

Wilson coefficients in the exchange format WCxf (arXiv:1712.05298): ``wcxf`` makes neutrino couplings of a file and
``wcxf_export`` a file of these; ``wcxf_file`` reads the text, JSON or YAML, with every check of form; ``running`` takes
SMEFT files down to the scale of b quarks by ``wilson`` or ``rgevolve``, and ``running_matrices`` has the latter as a
linear function of SMEFT coefficients, for gradients. The bases themselves, names and normalisation, are in
``jaxflav.couplings.neutrino_bases``.
"""

from jaxflav.interfaces.running_matrices import SmeftEvolution as SmeftEvolution, smeft_evolution as smeft_evolution
from jaxflav.interfaces.wcxf import (
    WcxfCouplings as WcxfCouplings,
    from_wcxf as from_wcxf,
    read_wcxf as read_wcxf,
)
from jaxflav.interfaces.wcxf_export import to_wcxf as to_wcxf, write_wcxf as write_wcxf
