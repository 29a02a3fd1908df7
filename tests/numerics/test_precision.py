import subprocess
import sys

import pytest

from jaxflav.numerics.precision import require_x64


def test_double_precision_is_accepted():
    assert require_x64() is None


@pytest.mark.parametrize("x64", ["0", "1"])
def test_single_precision_is_refused_and_importing_changes_nothing(x64):
    code = (
        "import jax, jaxflav.inference.fitting.fisher_scoring\n"
        "from jaxflav.numerics.precision import require_x64\n"
        f"assert jax.config.jax_enable_x64 == {x64 == '1'}\n"
        "try:\n    require_x64()\n    print('accepted')\n"
        "except RuntimeError as error:\n    print('jax_enable_x64' in str(error) and 'refused')\n"
    )
    environment = {"JAX_ENABLE_X64": x64, "PATH": "/usr/bin:/bin", "JAX_PLATFORMS": "cpu"}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert result.stdout.strip() == ("accepted" if x64 == "1" else "refused")
