"""The worst file decides how a code base reads, so maxima are held."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(path for folder in ("stance", "scripts", "tests") for path in (ROOT / folder).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]
MODULE_LINES = 400
FUNCTION_LINES = 60


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_module_outgrows_a_reader(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_function_outgrows_a_screen(path):
    long = [
        f"{node.name}, line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES
    ]
    assert long == []
