"""Rooms import records, errors and earlier rooms, through public names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "stance"
ROOMS = (
    *("read", "thread", "replies", "actors", "judge", "queue", "out", "core"),
    *(
        "evaluate",
        "train",
        "classifier",
        "protocols",
        "serve",
        "batch",
        "study",
        "notebook",
        "label",
        "report",
        "bench",
        "cli",
    ),
)
FREE = {"labels", "conversions", "records", "errors"}
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module a file imports, with its line; relative ones keep their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno


def faults(room: str, tree: ast.AST) -> list[str]:
    """What a module of `room` imports against the rules.

    An analysis turns itself into frames and graphs: its methods, and no other code before the room that does it, may
    reach ahead to `notebook`. Nothing is imported until somebody at a prompt calls them.
    """
    found = []
    for name, line in imports(tree):
        if room == "conversions" and name == "stance.notebook":
            continue
        if name.startswith("."):
            found.append(f"line {line}: relative import {name}")
        parts = name.split(".")
        if parts[0] != "stance" or len(parts) == 1 or parts[1] in FREE | {room}:
            continue
        if len(parts) > 2:
            found.append(f"line {line}: {name} is inside another room; import from stance.{parts[1]}")
        if parts[1] not in ROOMS or room not in ROOMS or ROOMS.index(parts[1]) > ROOMS.index(room):
            found.append(f"line {line}: {room} may not import {name}")
    return found


def room_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE).parts
    return inside[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_room_imports_only_what_stands_before_it(path):
    room = room_of(path)
    if room in {"__init__", "__main__"}:  # the package's own face shows what every room offers
        return
    assert faults(room, ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("read", "from stance.judge import load_judge"),
        ("judge", "from stance.thread.build import build_thread"),
        ("queue", "from .policy import load_policy"),
        ("records", "from stance.read import read_page"),
    ],
)
def test_a_forbidden_arrow_is_seen(room, line):
    assert faults(room, ast.parse(line)) != []


@pytest.mark.parametrize(
    "line", ["from stance.thread import build_thread", "from stance.records import Page", "import re"]
)
def test_an_allowed_arrow_passes(line):
    assert faults("judge", ast.parse(line)) == []


def test_folders_are_two_deep_at_most():
    # Migrations are a folder of dated data for Alembic: no module imports them.
    deep = [path for path in MODULES if len(path.relative_to(PACKAGE).parts) > 2]
    assert [path for path in deep if path.parent.name != "migrations"] == []


def test_no_module_is_a_drawer_for_leftovers():
    assert [path for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


def test_records_and_errors_import_nothing_heavy():
    light = {"__future__", "collections.abc", "dataclasses", "datetime", "enum", "types", "typing", "pathlib"}
    light |= {"stance.labels", "stance.conversions"}
    for name in ("labels.py", "conversions.py", "records.py", "errors.py"):
        tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                node.body = []
            if isinstance(node, ast.FunctionDef):  # what a method imports is imported when somebody calls it
                node.body = []
        assert {module for module, _ in imports(tree)} <= light
