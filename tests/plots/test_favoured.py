import numpy as np

from jaxflav.inference.profiling.plane import Plane
from jaxflav.plots.favoured import plot_favoured
from jaxflav.plots.scenarios import plot_scenarios
from jaxflav.studies.every_scenario import OneCoupling, ScenarioScan
from jaxflav.studies.favoured_regions import FavouredRegions
from jaxflav.studies.mass_scan import BestMass, MassScan

GRID = np.linspace(-2.0, 2.0, 41)


def plane(width):
    x, y = np.meshgrid(GRID, GRID)
    q = (x**2 + y**2 - 1) ** 2 / width**2
    return Plane("f_VV", "f_AV", GRID, GRID, q, (1.0, 0.0), 0.0, np.ones(q.shape, dtype=bool))


def test_regions_of_all_and_of_each(tmp_path):
    figure = plot_favoured(FavouredRegions(plane(0.1), {"one": plane(0.3)}, (), {}, -9.0), "title")
    (axes,) = figure.axes
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["one, 1σ", *(f"combined, {n}σ" for n in (3, 2, 1)), "best point", "Standard Model"]
    assert len(axes.patches) == 4
    # a ring: its path has an outer and an inner loop
    inner, outer = (np.sqrt(1 - 0.1 * np.sqrt(2.296)), np.sqrt(1 + 0.1 * np.sqrt(2.296)))
    radii = np.hypot(*axes.patches[-1].get_path().vertices.T)
    np.testing.assert_allclose([radii.min(), radii.max()], [inner, outer], atol=0.01)
    figure.savefig(tmp_path / "regions.pdf")
    assert (tmp_path / "regions.pdf").stat().st_size > 1000


def scan(family, coupling, t):
    best = BestMass(1.0, (0.9, 1.1), (True, True), min(t), 3.0, "strength", 4.0, (1.0, 9.0), np.zeros(3))
    n = len(t)
    return ScenarioScan(
        OneCoupling(family, coupling),
        MassScan(
            mass=np.arange(n) + 0.5,
            t=np.array(t),
            parameter="strength",
            value=np.ones(n),
            converged=np.ones(n, dtype=bool),
            status=("converged",) * n,
            iterations=np.ones(n),
            parameters=np.zeros((n, 3)),
            t_rescaled_sm=-7.0,
            mu_rescaled_sm=4.6,
            log_likelihood_sm=0.0,
            best=best,
        ),
    )


def test_a_panel_for_each_family(tmp_path):
    scans = [
        scan("scalar", "g_S", [-3.0, -13.0]),
        scan("fermion-pair", "f_VV", [-8.0, -4.0]),
        scan("fermion-pair", "f_SS", [-5.0, -1.0]),
    ]
    assert [one.viable for one in scans] == [True, True, False]
    assert scans[1].masses_better == (0.5, 0.5)
    assert scans[2].masses_better is None
    assert (scans[0].coupling, scans[0].coupling_interval_68) == (2.0, (1.0, 3.0))
    figure = plot_scenarios(scans, "title")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["scalar", "fermion-pair"]
    assert [text.get_text() for text in shown[1].get_legend().get_texts()] == ["f_VV", "f_SS"]
    assert any(np.array_equal(line.get_ydata(), [-7.0, -7.0]) for line in shown[0].lines)
    figure.savefig(tmp_path / "scenarios.pdf")
    assert (tmp_path / "scenarios.pdf").stat().st_size > 1000
