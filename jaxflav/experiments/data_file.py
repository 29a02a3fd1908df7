"""One format for the data of any analysis: a directory with ``analysis.yaml`` and the files that it names.

Every file has the keys ``format: jaxflav-analysis/1``, ``kind``, ``name``, ``title``, ``year``, ``licence`` and
``sources`` (a list of BibTeX keys). A *number* is a mapping {value, unit, source, year} with an optional
``uncertainty``; a table has a list as its value, or ``{file: NAME.csv}`` for a file in the same directory. Units are
"1", GeV, GeV^2, ab^-1 and fb^-1. Unknown keys are errors. Two keys of every kind with data are optional: ``luminosity``
(number) and ``running``, whether the experiment goes on taking data, so that projections scale it (false if it is
missing).

``kind: histfactory`` (the default)
    A public likelihood with number densities: ``decay``, ``likelihood``, ``number_density``, ``signal`` (list of
    channel and sample), ``dropped``, ``simulation``; see ``analysis``. Optional ``channels``: names of those to keep.
``kind: binned_recast``
    ``n_mesons`` (number) and ``channels``, a list of mappings with ``name``, ``decay``, ``q2_rec_edges``, ``observed``,
    ``efficiency`` (flat, or a table with ``q2``), ``kernel``, and ``backgrounds``: each a number with ``name``, either
    ``uncertainty`` (events per bin, independent) or ``covariance`` (relative), and the optional ``normalisation``
    (relative error of tau_b) and ``normalisation_name`` (to share tau_b). Optional: ``sm_covariance`` and
    ``new_covariance`` of the signals (relative; theory nuisances come with the prediction) and ``published_limit``, a
    number with ``confidence_level``. Kernels: {type: none}; {type: gaussian, resolution, shift}; {type: inclusive_tag,
    sqrt_s, m_parent, m_daughter, resolution}, a box, folded if there is a resolution; {type: tabulated, q2, shares,
    source, year} with one row per bin and columns that sum to 1.
``kind: counting``
    ``n_mesons`` and ``channels`` with ``name``, ``decay``, ``observed``, ``background`` and ``efficiency``: flat, a
    table, or the words ``from published_limit``. Then it is the limit on events (``likelihood.counting.signal_limit``)
    over that on the branching fraction and ``n_mesons``: by construction the published limit comes out for a flat
    efficiency.
``kind: upper_limit``
    ``decay`` and ``limits``, one or two numbers with ``confidence_level``: see ``likelihood.measurement``.
``kind: gaussian``
    ``decay`` and ``branching_fraction``, a number with ``uncertainty`` and perhaps ``systematic``, the part of it that
    is systematic (0 if it is missing).
``kind: projection``
    ``measurements``, a list of mappings with ``name``, ``observable`` (BR or FL, as for ``jaxflav predict``),
    ``luminosity`` (increasing), ``uncertainty`` at each luminosity, and ``relative``, whether these are relative to the
    Standard Model: see ``prospects``.
"""

import dataclasses
from pathlib import Path

from jaxflav.experiments.analysis import Analysis, data_directory, experiment_names, load_analysis
from jaxflav.experiments.hepdata import WORKSPACE, is_hepdata, load_hepdata
from jaxflav.experiments.luminosity import Luminosity, read_luminosity, shrunk
from jaxflav.experiments.prospects import Prospects, read_prospects
from jaxflav.experiments.recast_file import PublishedLimit, Recast, read_recast
from jaxflav.experiments.schema import (
    BINNED,
    COUNTING,
    FORMAT,
    GAUSSIAN,
    HISTFACTORY,
    KINDS,
    PROJECTION,
    check_decay,
    check_keys,
    number,
)
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.yaml_file import read_yaml
from jaxflav.likelihood.measurement import NormalMeasurement, from_upper_limits


@dataclasses.dataclass(frozen=True)
class MeasuredBranchingFraction:
    """A measurement of, or limits on, one branching fraction.

    Attributes
    ----------
    name, title, kind, decay, licence : str
        Short name, what it is, ``upper_limit`` or ``gaussian``, decay, licence of the numbers.
    measurement : NormalMeasurement
        Its likelihood.
    limits : tuple of PublishedLimit
        Empty for a measurement.
    sources : tuple of str
        Keys for ``jaxflav.cite``.
    luminosity : Luminosity or None
        Of the data.
    systematic : float
        Part of the error that is systematic.
    """

    name: str
    title: str
    kind: str
    decay: str
    licence: str
    measurement: NormalMeasurement
    limits: tuple[PublishedLimit, ...]
    sources: tuple[str, ...]
    luminosity: Luminosity | None = None
    systematic: float = 0.0

    def with_luminosity(self, luminosity: float, systematics: str) -> "MeasuredBranchingFraction":
        """With more data and the same central value: see ``luminosity.at_luminosity``."""
        factor = luminosity / self.luminosity.value
        mean, error = float(self.measurement.mean), float(self.measurement.error)
        return dataclasses.replace(
            self,
            measurement=NormalMeasurement(mean, shrunk(error, self.systematic, factor, systematics)),
            luminosity=Luminosity(luminosity, True),
        )


def load_data(name: str | Path) -> Analysis | Recast | MeasuredBranchingFraction | Prospects:
    """Load the data of an analysis of any kind: built in by name, or a directory with ``analysis.yaml``, or that file.

    A directory with the files of HEPData instead is read as ``load_hepdata`` does.

    Raises
    ------
    UnknownNameError
        If there is no such name or directory.
    DataFileError
        If a file does not have the documented content: it names file, key, and what to do.
    """
    if is_hepdata(name):
        return load_hepdata(name)
    path = data_directory(name)
    if path is None:
        raise UnknownNameError("experiment (nor is it a directory with analysis.yaml)", str(name), experiment_names())
    where = path / "analysis.yaml"
    try:
        return _load(path, where)
    except DataFileError:
        raise
    except InputError as error:
        text = str(error)
        raise DataFileError(text if str(path) in text else f"{where}: {text}") from error


def _load(path, where):
    meta = read_yaml(where)
    if meta.get("format") != FORMAT:
        raise DataFileError(f"{where}: 'format' is {meta.get('format')!r}, expected {FORMAT!r}")
    kind = meta.get("kind", HISTFACTORY)
    if kind not in KINDS:
        raise DataFileError(f"{where}: 'kind' is {kind!r}, expected one of {', '.join(KINDS)}")
    check_keys(meta, kind, str(where))
    if not all(isinstance(s, str) for s in meta["sources"]) or not meta["sources"]:
        raise DataFileError(f"{where}: 'sources' must be a list of BibTeX keys, found {meta['sources']!r}")
    if kind == HISTFACTORY:
        return load_analysis(path)
    if kind in (BINNED, COUNTING):
        return read_recast(meta, where)
    if kind == PROJECTION:
        return read_prospects(meta, where)
    check_decay(meta["decay"], str(where))
    limits, systematic = (), 0.0
    if kind == GAUSSIAN:
        value = number(meta, "branching_fraction", str(where), kind="measured")
        error = meta["branching_fraction"].get("uncertainty")
        if not isinstance(error, (int, float)):
            raise DataFileError(f"{where}, 'branching_fraction': missing key 'uncertainty', its standard deviation")
        measurement = NormalMeasurement(value, error)
        systematic = float(meta["branching_fraction"].get("systematic", 0.0))
        if not 0 <= systematic <= error:
            raise DataFileError(
                f"{where}, 'branching_fraction', 'systematic': expected a part of the uncertainty, 0 to {error:g}, "
                f"found {systematic:g}"
            )
    else:
        for entry in meta["limits"]:
            limit = number({"limits": entry}, "limits", str(where), kind="limit")
            limits += (PublishedLimit(limit, float(entry["confidence_level"])),)
        try:
            measurement = from_upper_limits([v.value for v in limits], [v.confidence_level for v in limits])
        except InputError as error:
            raise DataFileError(f"{where}, 'limits': {error}") from error
    head = (meta[key] for key in ("name", "title", "kind", "decay", "licence"))
    luminosity = read_luminosity(meta, where)
    return MeasuredBranchingFraction(*head, measurement, limits, tuple(meta["sources"]), luminosity, systematic)


def is_public_likelihood(name: str | Path) -> bool:
    """Whether ``load_data`` finds a public likelihood under a name; False where there is nothing."""
    if is_hepdata(name):
        return True
    path = data_directory(name)
    return path is not None and read_yaml(path / "analysis.yaml").get("kind", HISTFACTORY) == HISTFACTORY


def check_data(path: str | Path) -> dict[str, object]:
    """Check a data file and everything that it names.

    Returns
    -------
    dict
        What was found: file, name, title, kind, licence, sources, luminosity in ab^-1 or None, whether the experiment
        goes on ``running``, decays, the number of bins of every channel, and a text about each of the channels.

    Raises
    ------
    InputError
        As ``load_data``.
    """
    data = load_data(path)
    file = Path(path) / WORKSPACE if is_hepdata(path) else data_directory(path) / "analysis.yaml"
    found = {"file": str(file), "kind": getattr(data, "kind", HISTFACTORY)}
    found |= {key: getattr(data, key) for key in ("name", "title", "licence")} | {"sources": list(data.sources)}
    taken = data.luminosity if data.luminosity is not None and data.luminosity.value > 0 else None
    found |= {"luminosity": taken and taken.value, "running": data.luminosity is not None and data.luminosity.running}
    if isinstance(data, Prospects):
        texts = {
            m.name: f"{m.observable.name} at {', '.join(f'{x:g}' for x in m.luminosity)} ab^-1"
            for m in data.measurements
        }
        return {**found, "decays": list(data.decays), "bins": {}, "channels": texts}
    if isinstance(data, MeasuredBranchingFraction):
        mean, error = float(data.measurement.mean), float(data.measurement.error)
        text = f"{data.decay}, branching fraction {mean:.4g} +- {error:.4g}"
        return {**found, "decays": [data.decay], "bins": {}, "channels": {data.name: text}}
    if isinstance(data, Recast):
        decays, bins = data.decays, {c.name: len(c.observed) for c in data.channels}
        counts = {c.name: float(c.observed.sum()) for c in data.channels}
    else:
        names = data.tables.channel_names
        decays, bins = [data.decay.name], dict(zip(names, data.tables.channel_bins, strict=True))
        counts = {name: float(data.tables.observed[data.tables.bins_of(name)].sum()) for name in names}
    each = decays if len(decays) == len(bins) else decays * len(bins)
    texts = {n: f"{d}, {bins[n]} bin(s), {counts[n]:g} events" for n, d in zip(bins, each, strict=True)}
    return {**found, "decays": list(decays), "bins": bins, "channels": texts}
