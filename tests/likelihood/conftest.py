import json
from pathlib import Path

import pytest

HEPDATA = Path(__file__).parents[1] / "data" / "hepdata_166082"


@pytest.fixture(scope="session")
def belle2_workspace():
    return json.loads((HEPDATA / "combined_likelihood.json").read_text())
