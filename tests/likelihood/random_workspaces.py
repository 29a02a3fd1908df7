"""Hypothesis strategies of small pyhf workspaces with every modifier type, and with what real ones do to readers."""

from hypothesis import strategies as st

from tests.likelihood.workspaces import _modifier, _workspace

NAMES = ("mu", "mu[2]", "k", "tilt", "extra[0]", "lumi", "side", "mc", "mc[1]", "free")
COUNTS = {"side": 2, "mc": 2}
_PULLS, _BINS = ("tilt", "extra[0]"), ("side", "mc", "mc[1]")


def _number(low, high):
    return st.floats(low, high, allow_nan=False).map(lambda x: round(x, 3))


def _yields(n):
    """Some of them negative, some 0."""
    return st.lists(
        st.one_of(_number(0.5, 60.0), _number(5.0, 60.0), st.just(0.0), _number(-4.0, -0.1)), min_size=n, max_size=n
    )


def _positive(n, high=60.0):
    return st.lists(_number(0.5, high), min_size=n, max_size=n)


@st.composite
def _factors(draw):
    """Of a normsys: any, the same on both sides, or nearly so."""
    lo = draw(_number(0.6, 1.4))
    hi = draw(st.one_of(_number(0.6, 1.4), st.just(lo), st.just(lo + 1e-7)))
    return {"lo": lo, "hi": hi}


@st.composite
def _variations(draw, nominal):
    """Of a histosys: any, or the same on both sides, and none in some bins."""
    shift = st.one_of(_number(-3.0, 3.0), st.just(0.0))
    lo = [n + draw(shift) if n else 0.0 for n in nominal]
    hi = lo if draw(st.booleans()) else [n + draw(shift) if n else 0.0 for n in nominal]
    return {"lo_data": lo, "hi_data": hi}


@st.composite
def _setting(draw, name):
    """Of one parameter set: every field may be there or not."""
    n, setting = COUNTS.get(name, 1), {"name": name}
    start = 0.0 if name in _PULLS else 1.0
    has = {key: draw(st.booleans()) for key in ("inits", "bounds", "fixed", "auxdata", "sigmas", "factors")}
    if has["bounds"]:
        setting["bounds"] = [[start - draw(_number(0.5, 0.9)), start + draw(_number(0.5, 6.0))] for _ in range(n)]
    if has["inits"]:
        setting["inits"] = [start + draw(_number(-0.4, 0.4)) for _ in range(n)]
    if has["fixed"]:
        setting["fixed"] = True
    if has["auxdata"] and name in _PULLS:
        setting["auxdata"] = [draw(_number(-0.8, 0.8))]
    if has["auxdata"] and name in _BINS:
        setting["auxdata"] = draw(
            st.lists(_number(0.5, 40.0) if name == "side" else _number(0.8, 1.2), min_size=n, max_size=n)
        )
    if has["sigmas"] and name in ("mc", "mc[1]"):
        setting["sigmas"] = draw(st.lists(_number(0.05, 0.5), min_size=n, max_size=n))
    if has["factors"] and name == "side":
        setting["factors"] = draw(_positive(n))
    return setting


@st.composite
def workspaces(draw, optional=False):
    """Of two channels, three bins, and all modifier types; if ``optional``, each modifier may be missing."""
    here = {name: not optional or draw(st.booleans()) for name in NAMES} | {"mu": True}
    filled = 1 if draw(st.sampled_from((True, False, False, False))) else 2  # bins of the first channel with yields
    signal, interference, main, second = (
        draw(some_yields(filled)) + [0.0] * (2 - filled) for some_yields in (_yields, _yields, _positive, _yields)
    )
    other, control = draw(_yields(1)), draw(_positive(1))
    uncertainty = st.lists(st.one_of(_number(0.1, 3.0), st.just(0.0)), min_size=2, max_size=2)

    def some(*modifiers):
        return [m for m in modifiers if here[m["name"]]]

    modifiers = {
        "signal": some(_modifier("mu", "normfactor"), _modifier("lumi", "lumi")),
        "interference": some(_modifier("mu[2]", "normfactor"), _modifier("extra[0]", "normsys", draw(_factors()))),
        "main": some(
            _modifier("tilt", "histosys", draw(_variations(main))),
            _modifier("tilt", "normsys", draw(_factors())),
            _modifier("side", "shapesys", draw(uncertainty)),
            _modifier("mc", "staterror", draw(uncertainty)),
        ),
        "second": some(
            _modifier("lumi", "lumi"), _modifier("k", "normfactor"), _modifier("mc", "staterror", draw(uncertainty))
        ),
    }
    yields = {"signal": signal, "interference": interference, "main": main, "second": second}
    first = [(name, data, modifiers[name]) for name, data in yields.items()]
    last = [
        ("signal", other, some(_modifier("mu", "normfactor"))),
        (
            "second",
            control,
            some(
                _modifier("tilt", "normsys", draw(_factors())),
                _modifier("free", "shapefactor"),
                _modifier("mc[1]", "staterror", [draw(_number(0.1, 2.0))]),
            ),
        ),
    ]
    counts = st.one_of(st.integers(0, 90).map(float), _number(0.0, 90.0))
    observed = [draw(counts), draw(counts) if filled == 2 else 0.0, draw(counts)]
    lumi = {
        "name": "lumi",
        "auxdata": [draw(_number(0.9, 1.1))],
        "sigmas": [0.02],
        "inits": [1.0],
        "bounds": [[0.5, 1.5]],
    }
    settings = [draw(_setting(name)) for name in NAMES if name != "lumi" and draw(st.booleans())]
    absent = [{"name": "nothing has this", "inits": [1.0], "sigmas": [1.0]}] if draw(st.booleans()) else []
    return _workspace([("one", observed[:2], first), ("two", observed[2:], last)], [lumi, *settings, *absent])
