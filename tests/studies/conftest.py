"""Fixtures that studies share with inference."""

from tests.inference.conftest import (
    belle2 as belle2,
    published as published,
    two_body as two_body,
)
