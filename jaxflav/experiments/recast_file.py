"""Reader of recasts: the kinds ``binned_recast`` and ``counting`` of ``analysis.yaml``."""

import dataclasses
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from jaxflav.experiments.luminosity import SCALED, Luminosity, read_luminosity
from jaxflav.experiments.schema import (
    COUNTING,
    FROM_LIMIT,
    SCHEMA,
    array,
    check_decay,
    check_keys,
    check_unit,
    number,
    uncertainty,
)
from jaxflav.io.errors import DataFileError, InputError, UnknownNameError
from jaxflav.io.yaml_file import require
from jaxflav.likelihood.counting import effective_efficiency, signal_limit
from jaxflav.likelihood.recast import Background, Channel, recast_tables
from jaxflav.likelihood.tables import Tables
from jaxflav.response.binned import Binned, EfficiencyTable, TableSmearing, flat_efficiency
from jaxflav.response.kernels import AbstractKernel, GaussianSmearing, InclusiveTagSmearing, NoSmearing


@dataclasses.dataclass(frozen=True)
class PublishedLimit:
    """Upper limit on a branching fraction at a confidence level."""

    value: float
    confidence_level: float


@dataclasses.dataclass(frozen=True)
class Recast:
    """A recast: channels with data and backgrounds, and the response of each to the spectrum of its decay.

    Attributes
    ----------
    name, title, kind, licence : str
        Short name, what it is, ``binned_recast`` or ``counting``, and the licence of the numbers.
    channels : tuple of Channel
        Data and backgrounds.
    responses : tuple of Binned
        Response of each channel.
    decays : tuple of str
        Decay of each channel.
    limits : tuple of PublishedLimit or None
        What was published on the branching fraction of each.
    sources : tuple of str
        Keys for ``jaxflav.cite``.
    luminosity : Luminosity or None
        Of the data.
    """

    name: str
    title: str
    kind: str
    licence: str
    channels: tuple[Channel, ...]
    responses: tuple[Binned, ...]
    decays: tuple[str, ...]
    limits: tuple[PublishedLimit | None, ...]
    sources: tuple[str, ...]
    luminosity: Luminosity | None = None

    def tables(self) -> Tables:
        """HistFactory tables, for ``recast_likelihood``; parameter names begin with the name of the analysis."""
        return recast_tables(self.channels, self.name, self.name)

    def with_luminosity(self, luminosity: float, systematics: str) -> "Recast":
        """With more data: see ``luminosity.at_luminosity``."""
        factor = luminosity / self.luminosity.value
        variance = 1.0 / factor if systematics == SCALED else 1.0
        return dataclasses.replace(
            self,
            channels=tuple(_more_data(c, factor, variance) for c in self.channels),
            responses=tuple(dataclasses.replace(r, n_mesons=r.n_mesons * factor) for r in self.responses),
            luminosity=Luminosity(luminosity, True),
        )

    def select(self, names: tuple[str, ...]) -> "Recast":
        """The same analysis with only some channels.

        Raises
        ------
        UnknownNameError
            If there is no channel of that name.
        """
        known = [c.name for c in self.channels]
        for name in names:
            if name not in known:
                raise UnknownNameError(f"channel of {self.name}", name, known)
        keep = [i for i, name in enumerate(known) if name in names]
        fields = ("channels", "responses", "decays", "limits")
        return dataclasses.replace(self, **{f: tuple(getattr(self, f)[i] for i in keep) for f in fields})


def _more_data(channel, factor, variance):
    """A channel with a factor more events, and another one on the variances of all relative uncertainties."""
    spread = np.sqrt(variance)
    backgrounds = tuple(
        dataclasses.replace(
            b,
            events=np.asarray(b.events) * factor,
            normalisation=b.normalisation * spread,
            covariance=np.asarray(b.covariance) * variance,
        )
        for b in channel.backgrounds
    )
    return dataclasses.replace(
        channel,
        observed=channel.observed * factor,
        backgrounds=backgrounds,
        sm_covariance=np.asarray(channel.sm_covariance) * variance,
        new_covariance=np.asarray(channel.new_covariance) * variance,
        scales=tuple((name, relative * spread) for name, relative in channel.scales),
    )


def read_recast(meta: dict, where: Path) -> Recast:
    """Recast from the content of its ``analysis.yaml``.

    Raises
    ------
    DataFileError
        Naming file and key.
    """
    n_mesons = number(meta, "n_mesons", str(where))
    spread = uncertainty(meta, "n_mesons", str(where))
    if not n_mesons > 0:
        raise DataFileError(f"{where}, 'n_mesons': expected a positive number, found {n_mesons}")
    scales = ((f"{meta['name']}/n_mesons", spread / n_mesons),) if spread > 0 else ()
    read = _counting_channel if meta["kind"] == COUNTING else _binned_channel
    if not meta["channels"]:
        raise DataFileError(f"{where}, 'channels': the list is empty; give at least one channel")
    rows = []
    for i, entry in enumerate(meta["channels"]):
        at = f"{where}, channel {entry.get('name', i + 1) if isinstance(entry, dict) else i + 1}"
        check_keys(entry, f"channel of {meta['kind']}", at)
        check_decay(entry["decay"], at)
        limit = _limit(entry, at)
        try:
            channel, response = read(entry, at, where.parent, n_mesons, meta["name"], limit)
        except DataFileError:
            raise
        except InputError as error:
            raise DataFileError(f"{at}: {error}") from error
        rows.append((dataclasses.replace(channel, scales=scales), response, entry["decay"], limit))
    columns = [tuple(column) for column in zip(*rows, strict=True)]
    recast = Recast(meta["name"], meta["title"], meta["kind"], meta["licence"], *columns, tuple(meta["sources"]))
    recast = dataclasses.replace(recast, luminosity=read_luminosity(meta, where))
    try:
        recast_tables(recast.channels, recast.name, str(where))
    except InputError as error:
        raise DataFileError(str(error)) from error
    return recast


def _limit(entry, at):
    if "published_limit" not in entry:
        return None
    value = number(entry, "published_limit", at, kind="limit")
    level = float(entry["published_limit"]["confidence_level"])
    if not (value > 0 and 0 < level < 1):
        raise DataFileError(f"{at}, 'published_limit': expected a positive limit at a level between 0 and 1")
    return PublishedLimit(value, level)


def _counts(entry, key, at, folder, ndim=1):
    found = check_keys(entry[key], "number", f"{at}, {key!r}")
    check_unit(found, "1", f"{at}, {key!r}")
    return array(found["value"], f"{at}, {key!r}", folder, ndim)


def _counting_channel(entry, at, folder, n_mesons, name, limit):
    observed, background = number(entry, "observed", at), number(entry, "background", at)
    error = uncertainty(entry, "background", at)
    for key, value in (("observed", observed), ("background", background)):
        if value < 0:
            raise DataFileError(f"{at}, {key!r}: expected a number of events of at least 0, found {value}")
    if entry["efficiency"] == FROM_LIMIT:
        if limit is None:
            raise DataFileError(f"{at}, 'efficiency': {FROM_LIMIT!r} needs the key 'published_limit'; add it")
        events = signal_limit(observed, background, error, limit.confidence_level)
        efficiency = flat_efficiency(effective_efficiency(events, n_mesons, limit.value))
    else:
        if isinstance(entry["efficiency"], str):
            raise DataFileError(
                f"{at}, 'efficiency': expected a number, a table or {FROM_LIMIT!r}, found {entry['efficiency']!r}"
            )
        efficiency = _efficiency(entry, at, folder)
    events = np.array([background])
    sample = Background("background", events, 0.0, "", _relative(np.array([error]), events, f"{at}, 'background'"))
    zero = np.zeros((1, 1))
    edges = jnp.asarray([-np.inf, np.inf])
    response = Binned(jnp.asarray(n_mesons), efficiency, NoSmearing(), edges)
    return Channel(entry["name"], np.array([observed]), (sample,), zero, zero), response


def _binned_channel(entry, at, folder, n_mesons, name, limit):
    found = check_keys(entry["q2_rec_edges"], "number", f"{at}, 'q2_rec_edges'")
    check_unit(found, "GeV^2", f"{at}, 'q2_rec_edges'")
    edges = array(found["value"], f"{at}, 'q2_rec_edges'", folder, 1)
    if len(edges) < 2 or not np.all(np.diff(edges) > 0) or not np.all(np.isfinite(edges[1:-1])):
        raise DataFileError(
            f"{at}, 'q2_rec_edges': edges must increase, as bins must not overlap; found {edges.tolist()}; sort them"
        )
    n = len(edges) - 1
    observed = _finite_events(_counts(entry, "observed", at, folder), n, f"{at}, 'observed'")
    backgrounds = tuple(_background(b, n, at, folder, name) for b in entry["backgrounds"])
    covariances = []
    for key in ("sm_covariance", "new_covariance"):
        covariances.append(_counts(entry, key, at, folder, 2) if key in entry else np.zeros((n, n)))
    kernel = _kernel(entry["kernel"], n, f"{at}, 'kernel'", folder)
    response = Binned(jnp.asarray(n_mesons), _efficiency(entry, at, folder), kernel, jnp.asarray(edges))
    return Channel(entry["name"], observed, backgrounds, *covariances), response


def _finite_events(values, n, at):
    if values.shape != (n,):
        raise DataFileError(f"{at}: found {len(values)} numbers, expected {n}, one per bin of q2_rec")
    if not np.all(np.isfinite(values) & (values >= 0)):
        raise DataFileError(f"{at}: numbers of events must be finite and at least 0, found {values.tolist()}")
    return values


def _relative(error, events, at):
    if np.any((error > 0) & (events == 0)):
        raise DataFileError(
            f"{at}, 'uncertainty': a bin without expected events cannot have one, as it is relative to them; give it a "
            "small positive number of events"
        )
    return np.diag((error / np.where(events > 0, events, 1.0)) ** 2)


def _background(entry, n, at, folder, name):
    at = f"{at}, background {entry.get('name', '') if isinstance(entry, dict) else ''}"
    check_keys(entry, "background", at)
    check_unit(entry, "1", at)
    events = _finite_events(array(entry["value"], f"{at}, 'value'", folder, 1), n, f"{at}, 'value'")
    if ("covariance" in entry) == ("uncertainty" in entry):
        raise DataFileError(f"{at}: give either 'covariance' (relative) or 'uncertainty' (events); 0 is allowed")
    if "covariance" in entry:
        covariance = array(entry["covariance"], f"{at}, 'covariance'", folder, 2)
    else:
        written = entry["uncertainty"]
        one = not isinstance(written, list)
        error = np.full(n, float(written)) if one else array(written, f"{at}, 'uncertainty'", folder, 1)
        error = _finite_events(error, n, f"{at}, 'uncertainty'")
        covariance = _relative(error, events, at)
    normalisation = float(entry.get("normalisation", 0.0))
    if not 0 <= normalisation < np.inf:
        raise DataFileError(f"{at}, 'normalisation': expected a relative error of at least 0, found {normalisation}")
    shared = entry.get("normalisation_name", f"{name}/{entry['name']}")
    return Background(entry["name"], events, normalisation, shared, covariance)


def _efficiency(entry, at, folder):
    at = f"{at}, 'efficiency'"
    found = check_keys(entry["efficiency"], "efficiency", at)
    check_unit(found, "1", at)
    if isinstance(found["value"], (int, float)):
        return flat_efficiency(found["value"])
    if "q2" not in found:
        raise DataFileError(f"{at}: missing key 'q2', the points (GeV^2) of the table of efficiencies")
    return EfficiencyTable(array(found["q2"], f"{at}, 'q2'", folder, 1), array(found["value"], at, folder, 1))


def _kernel(entry, n, at, folder) -> AbstractKernel:
    kind = require(entry, "type", str, at)
    if f"kernel {kind}" not in SCHEMA:
        known = ", ".join(k.split()[1] for k in SCHEMA if k.startswith("kernel "))
        raise DataFileError(f"{at}: unknown type {kind!r}; known: {known}")
    check_keys(entry, f"kernel {kind}", at)
    if kind == "none":
        return NoSmearing()
    if kind == "gaussian":
        shift = number(entry, "shift", at, "GeV^2") if "shift" in entry else 0.0
        return GaussianSmearing(number(entry, "resolution", at, "GeV^2"), shift)
    if kind == "inclusive_tag":
        resolution = number(entry, "resolution", at, "GeV^2") if "resolution" in entry else None
        return InclusiveTagSmearing(
            *(number(entry, k, at, "GeV") for k in ("sqrt_s", "m_parent", "m_daughter")), resolution
        )
    shares = array(entry["shares"], f"{at}, 'shares'", folder, 2)
    if len(shares) != n:
        raise DataFileError(f"{at}, 'shares': found {len(shares)} rows, expected {n}, one per bin of q2_rec")
    try:
        return TableSmearing(array(entry["q2"], f"{at}, 'q2'", folder, 1), shares)
    except InputError as error:
        raise DataFileError(f"{at}, 'shares': {error}") from error
