import pytest

from stance.errors import BadLabelRow
from stance.records import ActorKind, NameSpan


def actors_row(text, *names):
    spans = [[text.index(name), text.index(name) + len(name)] for name in names]
    return {"text": text, "actors": [{"span": span, "kind": "state"} for span in spans]}


def test_known_names_are_found_without_the_tagger(run):
    report = run("actors", actors_row("Norway pays, and Sweden does not.", "Norway", "Sweden"))
    assert report["metrics"] == {"span_f1": 1.0, "name_recall": 1.0}
    assert report["baseline"] == {"gazetteer": {"span_f1": 1.0, "name_recall": 1.0}}


def test_the_tagger_adds_names_that_no_list_knows(run, told_judge):
    told_judge.names = {"Zorblat": NameSpan(start=0, end=7, kind=ActorKind.ORGANISATION, probability=0.9)}
    report = run("actors", actors_row("Norway pays Zorblat for it.", "Norway", "Zorblat"))
    assert report["metrics"]["span_f1"] == 1
    # The list alone finds one of two, and nothing wrong: P 1, R 1/2.
    assert report["baseline"]["gazetteer"] == {"span_f1": pytest.approx(2 / 3, abs=1e-4), "name_recall": 0.5}


def test_a_name_found_at_another_place_counts_for_recall_alone(run):
    row = {"text": "Norway pays.", "actors": [{"span": [0, 11], "name": "norway"}]}
    assert run("actors", row)["metrics"] == {"span_f1": 0.0, "name_recall": 1.0}


def test_people_addressed_are_no_names(run):
    assert run("actors", {"text": "You are wrong.", "actors": []})["metrics"] == {"span_f1": None, "name_recall": None}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"text": "Norway pays."}, "actors"),
        ({"text": "Norway pays.", "actors": [{"name": "Norway"}]}, "span"),
        ({"text": "Norway pays.", "actors": [{"span": [0, 99]}]}, "span"),
        ({"text": "Norway pays.", "actors": ["Norway"]}, "actors"),
    ],
)
def test_bad_actor_rows_name_the_field(run, row, field):
    with pytest.raises(BadLabelRow) as caught:
        run("actors", row)
    assert caught.value.field == field
