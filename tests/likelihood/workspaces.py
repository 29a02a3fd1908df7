"""Small pyhf workspaces that together use every modifier type of the HistFactory format."""


def _workspace(channels, parameters=(), poi="mu"):
    return {
        "version": "1.0.0",
        "channels": [
            {"name": name, "samples": [{"name": s, "data": d, "modifiers": m} for s, d, m in samples]}
            for name, _, samples in channels
        ],
        "observations": [{"name": name, "data": data} for name, data, _ in channels],
        "measurements": [{"name": "measurement", "config": {"poi": poi, "parameters": list(parameters)}}],
    }


def _modifier(name, kind, data=None):
    return {"name": name, "type": kind, "data": data}


MU = _modifier("mu", "normfactor")

COUNTING = _workspace(
    [
        (
            "only",
            [55.0],
            [
                ("signal", [10.0], [MU]),
                ("background", [50.0], [_modifier("b", "normsys", {"lo": 0.8, "hi": 1.3})]),
            ],
        )
    ]
)

SHAPES = _workspace(
    [
        (
            "zeta",  # pyhf sorts channels by name
            [52.0, 61.0, 0.0],
            [
                ("signal", [5.0, 10.0, 0.1], [MU]),
                (
                    "background",
                    [50.0, 52.0, 1.0],
                    [
                        _modifier("tilt", "histosys", {"lo_data": [45.0, 54.0, 0.9], "hi_data": [57.0, 51.0, 1.2]}),
                        _modifier("tilt", "normsys", {"lo": 0.95, "hi": 1.02}),
                        _modifier("other", "histosys", {"lo_data": [50.0, 50.0, 1.0], "hi_data": [50.0, 58.0, 1.0]}),
                    ],
                ),
            ],
        ),
        (
            "alpha",
            [12.0, 7.0],
            [("background", [10.0, 9.0], [_modifier("other", "normsys", {"lo": 1.1, "hi": 0.9})])],
        ),
    ]
)

STATERROR = _workspace(
    [
        (
            "first",
            [24.0, 41.0],
            [
                ("signal", [4.0, 9.0], [MU, _modifier("mc", "staterror", [0.5, 1.1])]),
                ("background", [20.0, 30.0], [_modifier("mc", "staterror", [1.5, 2.0])]),
                ("precise", [1.0, 1.0], []),
            ],
        ),
        ("second", [9.0], [("background", [8.0], [_modifier("mc_second", "staterror", [0.8])])]),
    ]
)

SHAPESYS = _workspace(
    [
        (
            "first",
            [24.0, 41.0, 3.0],
            [
                ("signal", [4.0, 9.0, 1.0], [MU]),
                ("background", [20.0, 30.0, 2.0], [_modifier("uncorrelated", "shapesys", [3.0, 0.0, 1.0])]),
            ],
        )
    ]
)

SHAPEFACTOR = _workspace(
    [
        (
            "signal_region",
            [30.0, 45.0],
            [
                ("signal", [6.0, 7.0], [MU]),
                ("data_driven", [22.0, 33.0], [_modifier("shape", "shapefactor")]),
            ],
        ),
        ("control_region", [210.0, 340.0], [("data_driven", [220.0, 330.0], [_modifier("shape", "shapefactor")])]),
    ]
)

LUMI = _workspace(
    [
        (
            "only",
            [33.0, 21.0],
            [
                ("signal", [5.0, 3.0], [MU, _modifier("lumi", "lumi")]),
                (
                    "background",
                    [25.0, 17.0],
                    [_modifier("lumi", "lumi"), _modifier("k", "normfactor"), _modifier("mc", "staterror", [2.0, 0.0])],
                ),
            ],
        )
    ],
    parameters=[
        {"name": "lumi", "auxdata": [1.05], "sigmas": [0.02], "inits": [1.05], "bounds": [[0.5, 1.5]]},
        {"name": "k", "inits": [1.2], "fixed": True},
    ],
)

ALL = {
    "counting": COUNTING,
    "shapes": SHAPES,
    "staterror": STATERROR,
    "shapesys": SHAPESYS,
    "shapefactor": SHAPEFACTOR,
    "lumi": LUMI,
}
