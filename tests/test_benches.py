"""Benchmarks run by hand only, so what they import is looked at here."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHES = sorted((Path(__file__).parents[1] / "bench").glob("*.py"))


@pytest.mark.parametrize("file", BENCHES, ids=lambda file: file.stem)
def test_what_a_benchmark_imports_is_there(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("seatrobot"):
            module = import_module(str(node.module))
            for name in node.names:
                place = f"{node.module}.{name.name}"
                is_module = hasattr(module, "__path__") and find_spec(place)
                assert hasattr(module, name.name) or is_module, place
