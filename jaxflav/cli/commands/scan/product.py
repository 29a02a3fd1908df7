"""What a scan over several axes says: its best point and how many points are results."""

from typing import TYPE_CHECKING, Any

import numpy as np

from jaxflav.hypotheses.rate import BRANCHING_FRACTION, STRENGTH
from jaxflav.inference.fitting.result import Fit
from jaxflav.inference.scans.dataset import convergence

if TYPE_CHECKING:
    import xarray

_SIZES = (BRANCHING_FRACTION, STRENGTH)  # of the signal: which a scan has, its likelihood says


def fits_of(dataset: "xarray.Dataset") -> Fit:
    """The fits of a scan with one axis."""
    names = ("log_likelihood", "status", "iterations", "decrement", "gradient")
    return Fit(parameters=dataset["parameters"].values, **{name: dataset[name].values for name in names})


def product_result(dataset: "xarray.Dataset") -> dict[str, Any]:
    """Content of the JSON object: axes, best point of the grid, and number of points by status."""
    t, best = dataset["t"], None
    if np.isfinite(t.values).any():
        place = dict(zip(t.dims, np.unravel_index(np.nanargmin(t.values), t.shape), strict=True))
        point = dataset.isel(place)
        at = {name: point.coords[name].values.tolist() for name in t.dims}
        best = {**at, "t": float(point["t"]), "significance": float(np.sqrt(max(-float(point["t"]), 0.0)))}
        best |= {
            name: float(point["parameters"].sel(parameter=name))
            for name in _SIZES
            if name in dataset["parameter"].values and name not in t.dims
        }
    return {"axes": dict(t.sizes), "best": best, "convergence": convergence(dataset["status"].values)}


def product_summary(result: dict[str, Any]) -> list[str]:
    """The answer in a few lines."""
    best, lines = result["best"], []
    if best is not None:
        at = {name: best[name] for name in (*result["axes"], *_SIZES) if name in best}
        text = (f"{name} = {value if isinstance(value, str) else f'{value:.4g}'}" for name, value in at.items())
        lines.append(f"best point of grid   {', '.join(text)}")
        significance = f"{best['significance']:.2f} sigma over the Standard Model (local)"
        lines.append(f"significance         {significance}, t = {best['t']:.2f}")
    shape = " x ".join(f"{n} {name}" for name, n in result["axes"].items())
    lines.append(f"points               {sum(result['convergence'].values())} ({shape})")
    lines += [f"                     {n} {status}" for status, n in result["convergence"].items()]
    return [*lines, f"results              {result['dataset']}"]
