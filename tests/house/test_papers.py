"""What the documents say is so."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import typer

import stance
from stance.cli import app
from stance.records import ActorKind, Attribute, Device, Relation, Stance

ROOT = Path(__file__).parent.parent.parent
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "seeds").glob("*.md")])


def commands():
    return typer.main.get_command(app).commands


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in commands() if f"`stance {name} " not in readme] == []


def test_every_option_that_the_papers_name_exists():
    known = {flag for command in commands().values() for option in command.params for flag in option.opts}
    known |= {flag for command in commands().values() for option in command.params for flag in option.secondary_opts}
    named = {
        flag
        for paper in PAPERS
        for line in re.findall(
            r"(?:scripts/)?stance (?:analyze|score|bench|tree|actors|convert|evaluate|train)[^`\n]*",
            paper.read_text("utf-8"),
        )
        for flag in re.findall(r"--[a-z][a-z0-9-]*[a-z0-9]", line)
    }
    assert named
    assert named - known == set()


@pytest.mark.parametrize("paper", PAPERS, ids=[str(paper.relative_to(ROOT)) for paper in PAPERS])
def test_every_link_leads_somewhere(paper):
    targets = re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8"))
    assert [target for target in targets if not (paper.parent / target).exists()] == []


@pytest.mark.parametrize("labels", [Stance, Relation, Attribute, Device, ActorKind])
def test_every_label_is_defined(labels):
    text = (ROOT / "docs" / "labels.md").read_text(encoding="utf-8")
    assert [label.value for label in labels if f"`{label.value}`" not in text] == []


def test_the_change_log_knows_this_version():
    assert f"## {stance.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_dependency_is_pinned_in_the_tested_set():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    assert {re.split(r"[<>=~!\[]", line)[0] for line in asked} - pinned == set()


def test_the_gold_thread_annotates_every_comment_of_the_seed_page():
    gold = json.loads((ROOT / "seeds" / "idlib.gold.json").read_text(encoding="utf-8"))
    page = stance.read_page(ROOT / "seeds" / gold["source"])
    assert [comment["number"] for comment in gold["comments"]] == [comment.number for comment in page.comments]
    assert gold["stated_total"] == page.stated_total
