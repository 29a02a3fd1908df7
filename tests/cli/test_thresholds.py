"""Masses and q2 beyond the end of a decay: told before anything is computed, with what was probably meant."""

import numpy as np
import pytest
import yaml

from jaxflav.cli.main import main
from jaxflav.experiments.thresholds import check_below_threshold, mass_threshold
from jaxflav.inputs.parameters import load_parameters
from jaxflav.io.errors import InputError
from jaxflav.observables.observable import DECAYS

SCALAR = ("--scenario", "scalar", "--coupling", "g_S=1e-8")
COUPLING = ("--coupling", "h_V", "--experiment", "belle2-2025", "--experiment", "babar-2013:K+")
PLANE = ("scan", "plane", "--family", "fermion-pair", "--x", "f_VV", "--y", "f_SS", "--experiment", "babar-2013:K+")
END, HALF = "the threshold, 4.7857 GeV", "the threshold, 2.3929 GeV"
MEV = "masses are in GeV: did you mean 2.1?"
BEYOND = {
    "predict": (("predict", "BR(B+ -> K+)", *SCALAR, "--mass", "2100"), f"{END}; {MEV}"),
    "predict of several decays": (("predict", *SCALAR, "--mass", "4.9"), "--mass 4.9 GeV: expected one from 0 to"),
    "scan in MeV": (("scan", "two-body", "--mass", "1500:2100:4"), f"{END}; {MEV}"),
    "scan in MeV from 0": (("scan", "two-body", "--mass", "0:2100:4"), MEV),
    "scan beyond": (("scan", "two-body", "--mass", "4.8:5:3"), END),
    "scan of a pair": (("scan", "pair", "--coupling", "f_VV", "--mass", "2.4:3:3"), HALF),
    "scan of a combination": (("scan", "two-body", *COUPLING, "--mass", "4.8:5:3"), END),
    "plane": ((*PLANE, "--mass", "600"), f"{HALF}; masses are in GeV: did you mean 0.6?"),
    "limit": (("limit", "--mass", "2100"), f"{END}; {MEV}"),
    "limits": (("limit", "--mass", "1:5:3"), END),
    "limits of a pair": (("limit", "--scenario", "pair", "--coupling", "f_VV", "--mass", "1:3:3"), HALF),
    "profile": (("profile", "--mass", "2100"), MEV),
    "profile of a strength": (("profile", *COUPLING, "--mass", "4.8"), END),
    "profile of couplings": (("profile", "--scenario", *("couplings", "--coupling", "f_VV,f_SS"), "--mass", "3"), HALF),
    "negative": (("profile", "--mass=-1"), "mass -1 GeV: expected one from 0 to below"),
    "contour": (("contour", "--x-range", "1500:2100:4"), MEV),
    "toys": (("toys", "--look-elsewhere", "1:5:3"), END),
    "toys of MeV": (("toys", "--mass", "2100"), MEV),
    "sample": (("sample", "--mass", "2100", "--prior", "branching_fraction=uniform:0:5e-5"), MEV),
    "prior": (("sample", "--prior", "mass=uniform:0:2100", "--prior", "branching_fraction=uniform:0:5e-5"), MEV),
    "prior beyond": (("sample", "--prior", "mass=uniform:4.8:5"), "prior of the mass: 4.8 GeV: expected one"),
    "project": (("project", "--hypothesis", "scalar:g_S", "--coupling", "g_S=1e-8", "--mass", "2100"), MEV),
    "project without couplings": (("project", "--hypothesis", "scalar:g_S", "--mass", "1"), "leave --mass out"),
    "plot": (("plot", "spectrum", "--out", "t.png", "--mass", "600"), "did you mean 0.6?"),
    "window": (("predict", "BR(B+ -> K+)[0,30]"), "beyond the end point of B+ -> K+, 22.9032 GeV^2"),
    "point": (("predict", "FL(B0 -> K*0)(19.5)"), "beyond the end point of B0 -> K*0, 19.2"),
    "bins": (("predict", "--decay", "B0 -> K*0", "--bins", "0,10,20"), "beyond the end point of B0 -> K*0"),
}


@pytest.mark.parametrize("case", BEYOND)
def test_beyond_the_threshold_is_status_2_at_once(case, capsys, tmp_path, monkeypatch):
    """Before any likelihood is built or any prediction compiled."""
    import jaxflav.tasks.problem
    from jaxflav.experiments import combination
    from jaxflav.observables import prediction

    def never(*arguments, **options):
        raise AssertionError("the mass comes first")

    for module, names in {
        jaxflav.tasks.problem: ("combine",),
        combination: ("_standard_model_rows", "_branching_fractions"),
        prediction: ("_linearised",),
    }.items():
        for name in names:
            monkeypatch.setattr(module, name, never)
    monkeypatch.chdir(tmp_path)
    arguments, message = BEYOND[case]
    status = main(list(arguments))
    captured = capsys.readouterr()
    assert (status, captured.out, len(captured.err.splitlines())) == (2, "", 1)
    assert message in captured.err
    assert list(tmp_path.iterdir()) == []


def test_of_an_analysis_file(capsys, tmp_path):
    file = tmp_path / "analysis.yaml"
    file.write_text(yaml.safe_dump({"mass": 2100.0, "priors": {"branching_fraction": {"uniform": [0, 5e-5]}}}))
    for command in (["sample", str(file)], ["evidence", str(file)], ["profile", "--analysis", str(file)]):
        assert main(command) == 2
        assert MEV in capsys.readouterr().err


def test_a_decay_that_is_closed_beside_one_that_is_open(capsys):
    """4.5 GeV is below m_B - m_K and above m_B - m_K*."""
    assert main(["predict", "BR(B+ -> K+)", "BR(B0 -> K*0)", *SCALAR, "--mass", "4.5"]) == 0
    assert "note: B0 -> K*0 has no new particles of 4.5 GeV, its threshold is 4.3842 GeV" in capsys.readouterr().out


def test_thresholds():
    parameters = load_parameters()
    decays = [DECAYS[name] for name in ("B+ -> K+", "B0 -> K*0")]
    np.testing.assert_allclose(mass_threshold(parameters, decays, 1), 5.27941 - 0.493677, rtol=1e-12)
    np.testing.assert_allclose(mass_threshold(parameters, decays[1:], 2), (5.27972 - 0.89555) / 2, rtol=1e-4)
    assert mass_threshold(parameters, decays, 0) == 0
    assert mass_threshold(parameters, [DECAYS["Bs -> invisible"]], 1) == 0
    check_below_threshold([0.0, 4.7], 4.8)
    check_below_threshold([1.0, 5.0], 4.8, partly=True)
    for masses in ([1.0, 4.8], [np.nan], [np.inf], [-0.1], 60.0):
        with pytest.raises(InputError, match="the threshold"):
            check_below_threshold(masses, 4.8)
