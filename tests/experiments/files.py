"""Sound data files of every kind, for the tests to use and to spoil."""

import yaml

HEAD = {
    "format": "jaxflav-analysis/1",
    "name": "mine",
    "title": "A search",
    "year": 2026,
    "licence": "CC0-1.0",
    "sources": ["Bolton:2024egx"],
}


def number(value, unit="1", **more):
    return {"value": value, "unit": unit, "source": "Bolton:2024egx", "year": 2024, **more}


BINNED = {
    **HEAD,
    "kind": "binned_recast",
    "n_mesons": number(3.87e8, uncertainty=6.0e6),
    "channels": [
        {
            "name": "K",
            "decay": "B+ -> K+",
            "q2_rec_edges": number([-3.0, 4.0, 8.0, 25.0], "GeV^2"),
            "observed": number([40.0, 31.0, 80.0]),
            "efficiency": number([0.06, 0.05, 0.01], q2=[0.0, 8.0, 22.0]),
            "kernel": {
                "type": "inclusive_tag",
                "sqrt_s": number(10.579, "GeV"),
                "m_parent": number(5.27941, "GeV"),
                "m_daughter": number(0.493677, "GeV"),
                "resolution": number(0.05, "GeV^2"),
            },
            "backgrounds": [
                {
                    "name": "charged",
                    **number([20.0, 15.0, 50.0]),
                    "covariance": [[0.01, 0.002, 0.0], [0.002, 0.01, 0.0], [0.0, 0.0, 0.02]],
                    "normalisation": 0.1,
                },
                {"name": "mixed", **number([10.0, 9.0, 20.0], uncertainty=[1.0, 1.0, 2.0])},
            ],
            "sm_covariance": number([[0.01, 0.0, 0.0], [0.0, 0.01, 0.0], [0.0, 0.0, 0.01]]),
        }
    ],
}
TABULATED = {
    "type": "tabulated",
    "q2": [0.0, 6.0, 20.0],
    "shares": [[0.9, 0.2, 0.0], [0.1, 0.6, 0.0], [0.0, 0.2, 1.0]],
    "source": "Bolton:2024egx",
    "year": 2024,
}
COUNTING = {
    **HEAD,
    "kind": "counting",
    "n_mesons": number(4.71e8),
    "channels": [
        {
            "name": "K",
            "decay": "B+ -> K+",
            "observed": number(6),
            "background": number(2.9, uncertainty=0.1),
            "efficiency": "from published_limit",
            "published_limit": number(3.7e-5, confidence_level=0.9),
        }
    ],
}
LIMIT = {
    **HEAD,
    "kind": "upper_limit",
    "decay": "Bs -> invisible",
    "limits": [number(5.4e-4, confidence_level=0.9), number(6.6e-4, confidence_level=0.95)],
}
GAUSSIAN = {
    **HEAD,
    "kind": "gaussian",
    "decay": "B+ -> K+",
    "branching_fraction": number(1.3e-5, uncertainty=4.0e-6),
}
PROJECTION = {
    **HEAD,
    "kind": "projection",
    "measurements": [
        {
            "name": "BR",
            "observable": "BR(B+ -> K+)",
            "relative": True,
            "luminosity": number([1.0, 10.0], "ab^-1"),
            "uncertainty": number([0.5, 0.2]),
        },
        {
            "name": "FL",
            "observable": "FL(B0 -> K*0)",
            "relative": False,
            "luminosity": number([50000.0], "fb^-1"),
            "uncertainty": number([0.08]),
        },
    ],
}
WITH_TABLE = {**BINNED, "channels": [{**BINNED["channels"][0], "kernel": TABULATED}]}
EVERY = {
    "binned": BINNED,
    "tabulated": WITH_TABLE,
    "counting": COUNTING,
    "limit": LIMIT,
    "gaussian": GAUSSIAN,
    "projection": PROJECTION,
}


def write(folder, content):
    (folder / "analysis.yaml").write_text(yaml.safe_dump(content))
    return folder
