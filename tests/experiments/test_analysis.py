import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.integrate import quad

from jaxflav.experiments.analysis import analysis_names, load_analysis
from jaxflav.experiments.hepdata import load_hepdata
from jaxflav.inputs.references import cite
from jaxflav.io.errors import InputError
from jaxflav.likelihood.tables import Tables

HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"


@pytest.fixture(scope="module")
def belle2():
    return load_analysis("belle2-2025")


def test_built_in_copy_is_the_published_likelihood(belle2):
    original = load_hepdata(HEPDATA)
    for field in dataclasses.fields(Tables):
        ours, theirs = getattr(belle2.tables, field.name), getattr(original.tables, field.name)
        if field.name in ("centre", "width"):  # of no meaning without constraint, and not stored
            keep = [kind != "none" for kind in belle2.tables.parameter_kind]
            ours, theirs = ours[keep], theirs[keep]
        np.testing.assert_array_equal(ours, theirs, err_msg=field.name)
    np.testing.assert_array_equal(belle2.density.yields, original.density.yields)
    np.testing.assert_array_equal(belle2.density.unmatched, original.density.unmatched)


def test_size_of_the_likelihood(belle2):
    assert belle2.tables.n_bins == 30
    assert len(belle2.tables.parameter_names) == 232
    assert len(belle2.tables.without(belle2.dropped).parameter_names) == 228
    assert belle2.nominal.shape == (18,)


def test_simulated_spectrum_is_normalised_and_ends_with_phase_space(belle2):
    spectrum = belle2.simulated
    end = (spectrum.m_parent - spectrum.m_daughter) ** 2
    total, _ = quad(lambda q2: float(spectrum(np.asarray(q2))), 0.0, end, epsabs=0, epsrel=1e-10)
    np.testing.assert_allclose(total, 4.97e-6, rtol=1e-8)
    np.testing.assert_array_equal(spectrum(np.array([-0.1, end + 1e-9])), 0.0)


def test_sources_can_be_cited(belle2):
    assert "166082" in cite(belle2)


def copy_of(belle2_directory, tmp_path, change):
    target = tmp_path / "mine"
    shutil.copytree(belle2_directory, target)
    meta = yaml.safe_load((target / "analysis.yaml").read_text())
    change(meta)
    (target / "analysis.yaml").write_text(yaml.safe_dump(meta))
    return target


@pytest.fixture(scope="module")
def belle2_directory():
    import jaxflav.experiments

    return Path(jaxflav.experiments.__file__).parent / "data" / "belle2-2025"


def test_an_analysis_of_the_user(belle2_directory, tmp_path, belle2):
    mine = load_analysis(copy_of(belle2_directory, tmp_path, lambda m: m.update(name="mine")))
    assert mine.name == "mine"
    np.testing.assert_array_equal(mine.nominal, belle2.nominal)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format="x"), "format is 'x'"),
        (lambda m: m.pop("signal"), "missing key 'signal'"),
        (lambda m: m.update(signal=["A"]), "must have the keys channel and sample"),
        (lambda m: m["signal"][0].update(sample="sgnal"), "unknown sample .* did you mean signal"),
        (lambda m: m["signal"][0].update(channel="Z"), "unknown channel 'Z'"),
        (lambda m: m["signal"].pop(), r"number density has shape \(18, 100\), expected \(12, 100\)"),
        (lambda m: m["signal"].reverse(), "of the number density sums to"),
        (lambda m: m.update(dropped=["nu"]), "unknown parameter 'nu'"),
        (lambda m: m.update(decay="B -> X"), "unknown decay"),
        (lambda m: m["simulation"].pop("pole_mass"), "missing key 'pole_mass'"),
        (lambda m: m["simulation"]["m_parent"].update(value="heavy"), "'value' must be float, found 'heavy'"),
        (lambda m: m.update(likelihood="gone.json"), "gone.json: cannot be read"),
    ],
)
def test_malformed_analysis(belle2_directory, tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        load_analysis(copy_of(belle2_directory, tmp_path, change))


def test_unknown_name():
    with pytest.raises(InputError, match=r"unknown experiment .* 'belle-2025': did you mean belle2-2025"):
        load_analysis("belle-2025")
    assert "belle2-2025" in analysis_names()


def test_hepdata_errors(tmp_path):
    with pytest.raises(InputError, match="no such directory"):
        load_hepdata(tmp_path / "nowhere")
    shutil.copytree(HEPDATA, tmp_path / "copy")
    csv = tmp_path / "copy" / "number_density_hta.csv"
    csv.write_text("\n".join(csv.read_text().splitlines()[:-1]))
    with pytest.raises(InputError, match=r"shape \(17, 100\), expected \(18, 100\)"):
        load_hepdata(tmp_path / "copy")
