"""Each room's public names are exactly those it lists."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import stance

PACKAGE = Path(__file__).parent.parent.parent / "stance"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_lists_exactly_the_names_it_offers(room):
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    offered = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stance")
        for alias in node.names
    }
    module = importlib.import_module(f"stance.{room}")
    assert sorted(module.__all__) == sorted(offered)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_goes_in_and_what_comes_out(room):
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    first_line = (ast.get_docstring(tree) or "").splitlines()[0]
    assert " in" in first_line
    assert " out" in first_line


def test_every_public_name_of_the_package_can_be_had():
    assert [name for name in stance.__all__ if not hasattr(stance, name)] == []


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        stance.analyse  # noqa: B018


@pytest.mark.parametrize("module", ["stance", "stance.cli", "stance.records", "stance.errors"])
def test_nothing_heavy_is_imported_before_it_is_needed(module):
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert {"torch", "transformers", "sklearn", "numpy", "datasets", "pandas"} & set(loaded) == set()
