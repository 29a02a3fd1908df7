import numpy as np

from jaxflav.plots.predictive import plot_predictive

N = 200


def arrays(decays):
    rng = np.random.default_rng(1)
    expected = np.column_stack([rng.normal(40.0, 2.0, N), rng.normal(8.0, 0.5, N), rng.normal(3.0, 0.1, N)])
    result = {
        "names": np.array(["one[0]", "one[1]", "measured"]),
        "observed": np.array([44.0, 0.0, 3.5]),
        "normal_error": np.array([0.0, 0.0, 0.25]),
        "expected": expected,
        "replicated": np.column_stack([rng.poisson(expected[:, :2]), rng.normal(expected[:, 2], 0.25)]),
        "deviance_observed": np.linspace(1.0, 2.0, N),
        "deviance_replicated": np.where(np.arange(N) < 50, 3.0, 0.5),
        "observable_names": np.array([]),
        "observables": np.zeros((N, 0)),
    }
    if decays:
        names = ["BR(B+ -> K+)", "BR(B0 -> K*0)", "FL(B0 -> K*0)"]
        result |= {"observable_names": np.array(names), "observables": rng.uniform(size=(N, 3))}
        result |= {"spectrum_names": np.array(["B+ -> K+", "B0 -> K*0"]), "spectrum_q2": np.array([[1.0, 2.0]] * 2)}
        result["spectra"] = rng.uniform(size=(N, 2, 2))
    return result


def test_data_beside_what_is_expected():
    content = arrays(False)
    above, below, discrepancy = plot_predictive(content, "title").axes
    assert above.get_title() == "title"
    wide, narrow, expected = (patch.get_data() for patch in above.patches)
    for band, ends in ((wide, (0.025, 0.975)), (narrow, (0.16, 0.84))):
        np.testing.assert_allclose(band.baseline, np.quantile(content["replicated"][:, :2], ends[0], axis=0))
        np.testing.assert_allclose(band.values, np.quantile(content["replicated"][:, :2], ends[1], axis=0))
    median = np.median(content["expected"], axis=0)
    np.testing.assert_allclose(expected.values, median[:2])
    pulls = (content["observed"] - median) / np.array([*np.sqrt(median[:2]), 0.25])
    np.testing.assert_allclose(below.lines[0].get_ydata(), pulls)
    assert below.get_xlabel() == "bin, measurement"
    assert discrepancy.get_title() == "p = 0.250"


def test_other_decays(tmp_path):
    content = arrays(True)
    figure = plot_predictive(content, "title")
    spectra, first, second = figure.axes[3:]
    assert [text.get_text() for text in spectra.get_legend().get_texts()] == ["B+ -> K+", "B0 -> K*0"]
    np.testing.assert_allclose(spectra.lines[1].get_ydata(), np.median(content["spectra"][:, 1], axis=0))
    assert (first.get_xlabel(), first.get_ylabel()) == ("BR(B+ -> K+)", "BR(B0 -> K*0)")
    np.testing.assert_array_equal(second.lines[0].get_ydata(), content["observables"][:, 2])
    figure.savefig(tmp_path / "p.pdf")
    assert (tmp_path / "p.pdf").stat().st_size > 1000
