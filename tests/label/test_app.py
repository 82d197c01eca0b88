"""What the labelling page's server refuses, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_units import make_units, rows_of
from starlette.testclient import TestClient

from stance.label import Sitting, create_label_app, make_question, open_book
from stance.serve import LinkDoor, local_site

ORIGIN = "http://127.0.0.1:8711"
TOKEN = "a-token-that-only-tests-know"
ANSWER = {"version": "", "word": "favor", "seconds": 1}


@pytest.fixture
def client(out) -> Iterator[TestClient]:
    """A browser's view of the page, not yet let in."""
    units = make_units(3)
    with open_book(out) as book:
        sitting = Sitting(units, question=make_question(units[0].what), book=book, annotator="Anna")
        app = create_label_app(
            sitting, out="labels.jsonl", site=local_site(8711), door=LinkDoor(name="Anna", token=TOKEN)
        )
        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as opened:
            yield opened


@pytest.fixture
def inside(client) -> TestClient:
    """The same, let in by the link."""
    assert client.get("/open", params={"token": TOKEN}).status_code == 303
    return client


def post(client, path, what, **headers):
    csrf = client.get("/").text.partition('data-csrf="')[2].partition('"')[0]
    return client.post(path, json=what, headers={"origin": ORIGIN, "x-csrf-token": csrf, **headers})


def test_without_the_link_nothing_is_shown_or_kept(client, out):
    for path in ("/", "/units/1", "/units/1/text"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert client.get("/api/units/1").status_code == 401
    assert client.post("/api/undo", json={}, headers={"origin": ORIGIN}).status_code == 401
    assert client.get("/open", params={"token": "guess"}).status_code == 403
    assert "stance label" in client.get("/login").text
    assert rows_of(out) == []


def test_another_site_or_an_earlier_page_changes_nothing(inside, out):
    assert post(inside, "/api/units/1/answer", ANSWER, origin="http://evil.example").status_code == 403
    assert post(inside, "/api/units/1/answer", ANSWER, **{"x-csrf-token": "old"}).status_code == 403
    assert inside.get("/", headers={"host": "evil.example"}).status_code == 421
    assert rows_of(out) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"word": "purple"}, 422),
        ({"word": 3}, 422),
        ({"seconds": -1}, 422),
        ({"seconds": "NaN"}, 422),
        ({"note": "x" * 2_001}, 422),
        ({"annotator": "Bo"}, 422),
        ({"version": "0"}, 409),
    ],
)
def test_an_answer_that_cannot_be_is_refused(change, status, inside, out):
    assert post(inside, "/api/units/1/answer", ANSWER | change).status_code == status
    assert rows_of(out) == []


def test_a_number_that_is_none_is_not_found(inside):
    assert inside.get("/units/4").status_code == 404
    assert inside.get("/units/4/text").status_code == 404
    assert inside.get("/units/0").status_code == 422
    assert post(inside, "/api/units/4/answer", ANSWER).status_code == 404
    assert post(inside, "/api/undo", {}).status_code == 409


def test_a_disk_that_is_full_is_told_and_nothing_counts_as_kept(inside, out, monkeypatch):
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    answer = post(inside, "/api/units/1/answer", ANSWER)
    assert answer.status_code == 507
    assert "No space left" in answer.json()["error"]
    monkeypatch.undo()
    assert post(inside, "/api/units/1/answer", ANSWER).status_code == 200
    assert len(rows_of(out)) == 1


def test_the_page_holds_no_script_or_style_of_its_own_and_says_what_may_run(inside):
    for path in ("/", "/units/2", "/login"):
        answer = inside.get(path)
        assert answer.text.count("<script") == answer.text.count("<script src=")
        assert "<style" not in answer.text
        assert " style=" not in answer.text
        assert "default-src 'none'; script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_only_our_own_files_are_served(inside):
    for name in ("label.js", "label.css", "style.css", "shared.js"):
        assert inside.get(f"/static/{name}").status_code == 200, name
    for name in ("labels.md", "..%2Flabels.md", "label.html"):
        assert inside.get(f"/static/{name}").status_code == 404, name


def test_all_of_a_long_comment_can_be_had_as_plain_text(inside):
    answer = inside.get("/units/1/text")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("Veland lied about pier ")
