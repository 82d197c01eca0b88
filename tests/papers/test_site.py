"""The site of docs/ is built without a warning, asks nothing of any other host, and shows every public name."""

from __future__ import annotations

import ast
import functools
import http.server
import importlib
import json
import os
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "stance"
FACES = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent.name != "cli")
ASKED = ("//script/@src", "//link/@href", "//img/@src", "//iframe/@src", "//source/@src", "//form/@action")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    known = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False, timeout=240)
    assert (done.returncode, re.findall(r"^(?:WARNING|ERROR).*", done.stderr, flags=re.MULTILINE)) == (0, [])
    return folder


@pytest.fixture
def address(site) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def pages(site: Path) -> Iterator[tuple[str, html.HtmlElement]]:
    for path in sorted(site.rglob("*.html")):
        yield str(path.relative_to(site)), html.fromstring(path.read_text(encoding="utf-8"))


def test_no_page_names_a_thing_of_another_host(site):
    asked = {(name, target) for name, page in pages(site) for way in ASKED for target in page.xpath(way)}
    assert len(asked) > 100
    assert {(name, target) for name, target in asked if re.match(r"(?:https?:)?//", target)} == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert [
        found for style in styles for found in re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)]*", style)
    ] == []


@pytest.mark.parametrize("page", ["index.html", "start.html", "api/read.html", "model_card.html"])
def test_a_browser_asks_no_other_host_and_a_phone_need_not_scroll_aside(address, open_tab, page):
    tab = open_tab("about:blank", viewport={"width": 390, "height": 800})
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.goto(f"{address}/{page}")
    tab.until("document.querySelector('h1') !== null")
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_word_is_found(address, open_tab):
    tab = open_tab(f"{address}/index.html")
    tab.page.fill(".md-search__input", "Krippendorff")
    tab.until("document.querySelectorAll('.md-search-result__item').length > 0")


@pytest.mark.parametrize("room", FACES)
def test_the_reference_shows_every_public_name_of_a_room(site, room):
    page = html.fromstring((site / "api" / f"{room}.html").read_text(encoding="utf-8"))
    shown = set(page.xpath("//@id"))
    module = f"stance.{room}"
    public = importlib.import_module(module).__all__
    # A function in a file of its own name is shown under both.
    assert [name for name in public if not {f"{module}.{name}", f"{module}.{name}.{name}"} & shown] == []
    inside = {path.stem for path in (PACKAGE / room).glob("*.py")}
    heads = [name.removeprefix(f"{module}.").split(".")[0] for name in shown if name.startswith(f"{module}.")]
    assert set(heads) <= {*public, *(inside & {*public})}


@pytest.mark.parametrize("module", ["records", "errors", "labels"])
def test_the_reference_shows_every_class_that_crosses_the_rooms(site, module):
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    page = html.fromstring((site / "api" / f"{module}.html").read_text(encoding="utf-8"))
    assert classes
    assert {f"stance.{module}.{name}" for name in classes} <= set(page.xpath("//@id"))


def test_every_picture_has_words_for_who_does_not_see_it(site):
    pictures = [(name, picture) for name, page in pages(site) for picture in page.xpath("//article//img")]
    assert pictures
    assert [name for name, picture in pictures if len(picture.get("alt", "")) < 20] == []


def test_the_model_card_is_the_one_that_ships(site):
    card = (ROOT / "models" / "default" / "README.md").read_text(encoding="utf-8")
    page = html.fromstring((site / "model_card.html").read_text(encoding="utf-8"))
    told = page.xpath("string(//article)")
    assert re.findall(r"default@\w+", card)[0] in told
    headings = re.findall(r"^## (.*)$", card, flags=re.MULTILINE)
    assert [heading for heading in headings if heading not in told] == []


def test_what_the_page_on_ethics_says_was_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    script = runpy.run_path(str(ROOT / "scripts" / "render_ethics.py"))
    page = (ROOT / "docs" / "ethics.md").read_text(encoding="utf-8")
    measured = json.loads((ROOT / "models" / "default" / "evaluation.json").read_text(encoding="utf-8"))
    groups = measured["fairness"]["identities"]["IDENTITY_ATTACK"]
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \| (\d+) \| (0\.\d+) \|$", page, flags=re.MULTILINE)
    assert {group.replace(" ", "_") for group, *_ in rows} == set(groups)
    assert f"AUC {measured['contrasts']['counter-speech']['toxicity_auc']:.3f}" in page
    assert script["render"](page, measured) == page
