"""A published analysis: its likelihood tables, its response to a spectrum, and where the numbers come from.

An analysis is a directory with ``analysis.yaml`` (what it is, source and licence, which samples are signal), and the
files that it names: the tables of the likelihood and the number density of the signal.
"""

import dataclasses
from importlib.resources import files
from pathlib import Path

import numpy as np

from jaxflav.experiments.luminosity import SCALED, Luminosity, read_luminosity
from jaxflav.experiments.schema import array, check_keys, number
from jaxflav.form_factors.bcl import f_plus_bcl
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml, require
from jaxflav.likelihood.channels import keep_channels
from jaxflav.likelihood.histfactory import build_histfactory
from jaxflav.likelihood.likelihood import AbstractSignal, Likelihood
from jaxflav.likelihood.luminosity import scale_luminosity
from jaxflav.likelihood.tables import Tables, read_tables
from jaxflav.numerics.quadrature import piecewise
from jaxflav.rates.decays import B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO, Decay
from jaxflav.response.efficiency import Efficiency, build_efficiency
from jaxflav.response.number_density import NumberDensity, check_number_density, read_density

FORMAT = "jaxflav-analysis/1"
_HISTFACTORY = "histfactory"
_DATA = files("jaxflav.experiments") / "data"
_DECAYS = {decay.name: decay for decay in (B_PLUS_TO_K_PLUS, B_ZERO_TO_K_ZERO)}


@dataclasses.dataclass(frozen=True)
class SimulatedSpectrum:
    """Spectrum of the simulated signal: f_+ of B -> K nu nubar in the BCL expansion, and its total.

    Attributes
    ----------
    branching_fraction : float
        Total branching fraction that the nominal yields correspond to.
    coefficients : tuple of float
        BCL coefficients of f_+; a common factor does not matter.
    pole_mass, m_parent, m_daughter : float
        In GeV.
    """

    branching_fraction: float
    coefficients: tuple[float, ...]
    pole_mass: float
    m_parent: float
    m_daughter: float

    def _shape(self, q2):
        lam = ((self.m_parent - self.m_daughter) ** 2 - q2) * ((self.m_parent + self.m_daughter) ** 2 - q2)
        momentum = np.sqrt(np.maximum(lam, 0.0)) / (2 * self.m_parent)
        f_plus = f_plus_bcl(q2, self.coefficients, self.pole_mass, self.m_parent, self.m_daughter)
        return momentum**3 * f_plus**2

    def __call__(self, q2: np.ndarray) -> np.ndarray:
        """Spectrum dBR/dq2 in GeV^-2 at q2 in GeV^2 (arXiv:2403.13887, Eq. (B20): proportional to p^3 f_+^2)."""
        end = (self.m_parent - self.m_daughter) ** 2
        nodes, weights = piecewise(np.linspace(0.0, end, 41), 8)
        inside = (q2 >= 0) & (q2 <= end)
        density = self._shape(np.where(inside, q2, 0.0)) / (weights @ self._shape(nodes))
        return np.where(inside, self.branching_fraction * density, 0.0)


@dataclasses.dataclass(frozen=True)
class Analysis:
    """A published analysis, ready to be confronted with a prediction.

    Attributes
    ----------
    name, title : str
        Short name, and what it is.
    decay : Decay
        Decay whose spectrum the response takes.
    tables : Tables
        The likelihood as published.
    signal : tuple of (channel, sample)
        Samples that a prediction replaces.
    dropped : tuple of str
        Parameters that the prediction makes superfluous: signal strength and form factors of the simulation.
    density : NumberDensity
        Of the signal samples, bin after bin.
    simulated : SimulatedSpectrum
        Spectrum of the simulation.
    sources : tuple of str
        Keys for ``jaxflav.cite``.
    licence : str
        Licence of the numbers.
    luminosity : Luminosity or None
        Of the data.
    factor : float
        By how much the tables have more data than the number density, which stays as it was published.
    """

    name: str
    title: str
    decay: Decay
    tables: Tables
    signal: tuple[tuple[str, str], ...]
    dropped: tuple[str, ...]
    density: NumberDensity
    simulated: SimulatedSpectrum
    sources: tuple[str, ...]
    licence: str
    luminosity: Luminosity | None = None
    factor: float = 1.0

    @property
    def nominal(self) -> np.ndarray:
        """Nominal signal yields (signal bins,)."""
        return np.concatenate([self.tables.nominal[self.tables.cells_of(*pair)] for pair in self.signal])

    def response(self) -> Efficiency:
        """Efficiencies of the signal bins as smooth functions of q2."""
        published = build_efficiency(self.density, self.simulated, self.nominal / self.factor)
        if self.factor == 1:
            return published
        return dataclasses.replace(published, log_coefficients=published.log_coefficients + np.log(self.factor))

    def with_luminosity(self, luminosity: float, systematics: str) -> "Analysis":
        """With more data, off-resonance ones in proportion: see ``luminosity.at_luminosity``."""
        factor = luminosity / self.luminosity.value
        return dataclasses.replace(
            self,
            tables=scale_luminosity(self.tables, factor, systematics == SCALED),
            luminosity=Luminosity(luminosity, True),
            factor=self.factor * factor,
        )


def experiment_names() -> tuple[str, ...]:
    """Names of all built-in data, of any kind: see ``data_file.load_data``."""
    return tuple(sorted(d.name for d in _DATA.iterdir() if (d / "analysis.yaml").is_file()))


def analysis_names() -> tuple[str, ...]:
    """Names of the built-in analyses with a public likelihood."""
    return tuple(n for n in experiment_names() if _kind(read_yaml(_DATA / n / "analysis.yaml")) == _HISTFACTORY)


def data_directory(name: str | Path) -> Path | None:
    """Directory of built-in data, or of the user's: the directory, or its ``analysis.yaml``; None if there is none."""
    if str(name) in experiment_names():
        return Path(str(_DATA / str(name)))
    path = Path(str(name))
    path = path.parent if path.name == "analysis.yaml" else path
    return path if (path / "analysis.yaml").is_file() else None


def _kind(meta):
    return meta.get("kind", _HISTFACTORY)


def load_analysis(name: str | Path) -> Analysis:
    """Load a built-in analysis by name, or one from a directory with an ``analysis.yaml``.

    Raises
    ------
    InputError
        If the name is unknown, a file is missing or malformed, or the numbers do not fit together.
    """
    path = data_directory(name)
    if path is None:
        raise UnknownNameError("experiment (nor is it a directory with analysis.yaml)", str(name), analysis_names())
    where = path / "analysis.yaml"
    meta = read_yaml(where)
    if meta.get("format") != FORMAT:
        raise DataFileError(f"{where}: format is {meta.get('format')!r}, expected {FORMAT!r}")
    if _kind(meta) != _HISTFACTORY:
        raise InputError(
            f"{where}: kind {_kind(meta)!r} is no public likelihood; read it with load_data, or choose one of "
            f"{', '.join(analysis_names())}"
        )
    decay = require(meta, "decay", str, where)
    if decay not in _DECAYS:
        raise UnknownNameError(f"decay in {where}", decay, _DECAYS)
    return assemble_analysis(
        meta,
        where,
        _DECAYS[decay],
        read_tables(path / require(meta, "likelihood", str, where)),
        read_density(path / require(meta, "number_density", str, where)),
    )


def assemble_analysis(meta: dict, where: Path, decay: Decay, tables: Tables, density: NumberDensity) -> Analysis:
    """Put an analysis together from the content of its ``analysis.yaml``, its tables and its number density.

    Raises
    ------
    InputError
        If a key is missing, a channel, sample or parameter is unknown, or the density does not fit the yields.
    """
    signal = []
    for entry in require(meta, "signal", list, where):
        if not isinstance(entry, dict):
            raise DataFileError(f"{where}: entries of 'signal' must have the keys channel and sample, found {entry!r}")
        signal.append((require(entry, "channel", str, where), require(entry, "sample", str, where)))
    if not signal:
        raise DataFileError(f"{where}, 'signal': the list is empty; name at least one channel and sample")
    simulation = require(meta, "simulation", dict, where)

    at = f"{where}, 'simulation'"
    units = {"branching_fraction": "1", "pole_mass": "GeV", "m_parent": "GeV", "m_daughter": "GeV"}
    require(simulation, "f_plus_bcl", dict, at)
    for key in units:
        require(require(simulation, key, dict, at), "value", float, f"{at}, {key!r}")
    values = {key: number(simulation, key, at, unit) for key, unit in units.items()}
    for key, value in values.items():
        if not value > 0:
            raise DataFileError(f"{at}, {key!r}: expected a positive number, found {value:g}")
    written = check_keys(simulation["f_plus_bcl"], "number", f"{at}, 'f_plus_bcl'")["value"]
    coefficients = array(written, f"{at}, 'f_plus_bcl'", where.parent, 1)
    if not np.all(np.isfinite(coefficients)) or not coefficients[0] > 0:
        raise DataFileError(f"{at}, 'f_plus_bcl': expected finite coefficients, the first positive, found {written}")
    for key in ("dropped", "sources", *(["channels"] if "channels" in meta else [])):
        if not all(isinstance(name, str) for name in require(meta, key, list, where)):
            raise DataFileError(f"{where}, {key!r}: expected a list of names, found {meta[key]!r}")
    simulated = SimulatedSpectrum(
        coefficients=tuple(coefficients.tolist()),
        **values,
    )
    analysis = Analysis(
        name=require(meta, "name", str, where),
        title=require(meta, "title", str, where),
        decay=decay,
        tables=tables,
        signal=tuple(signal),
        dropped=tuple(require(meta, "dropped", list, where)),
        density=density,
        simulated=simulated,
        sources=tuple(require(meta, "sources", list, where)),
        licence=require(meta, "licence", str, where),
        luminosity=read_luminosity(meta, where),
    )
    if np.any(analysis.nominal <= 0):
        raise InputError(f"{where}: signal samples need positive nominal yields to scale from")
    check_number_density(density, analysis.nominal, str(where))
    tables.without(analysis.dropped)  # names the parameter that is not there
    return _keep_channels(analysis, require(meta, "channels", list, where), where) if "channels" in meta else analysis


def _keep_channels(analysis, names, where):
    """The analysis with some of its channels, and the rows of the number density that belong to them."""
    tables = keep_channels(analysis.tables, tuple(names))
    rows = []
    for pair in analysis.signal:
        rows += [pair[0] in names] * len(analysis.tables.cells_of(*pair))
    if not any(rows):
        raise DataFileError(f"{where}, 'channels': none of them has a signal sample; add one that 'signal' names")
    density = analysis.density
    return dataclasses.replace(
        analysis,
        tables=tables,
        signal=tuple(pair for pair in analysis.signal if pair[0] in names),
        dropped=tuple(name for name in analysis.dropped if name in tables.parameter_names),
        density=dataclasses.replace(density, yields=density.yields[rows], unmatched=density.unmatched[rows]),
    )


def with_prediction(analysis: Analysis, signal: AbstractSignal) -> Likelihood:
    """The likelihood of an analysis with its signal samples replaced by a prediction."""
    return Likelihood(build_histfactory(analysis.tables.without(analysis.dropped), analysis.signal), signal)
