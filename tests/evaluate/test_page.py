import json

import pytest

from stance.errors import BadLabelRow
from stance.evaluate.gold import locate_sentences, match_actor
from stance.records import Actor, ActorKind

COMMENTS = [
    {"id": "x", "text": "Norway pays for it, yes 0.9. Sweden is a leech, yes 0.1.", "author": "Ann"},
    {"id": "y", "text": "Norway again, yes 0.6. So be it."},
    {"id": "z", "text": "Rain falls on Oslo streets, yes 0.3."},
]


def gold_file(**changes):
    comments = [
        {
            "number": 1,
            "parent": ["article"],
            "relation": ["comment", "rebut"],
            "stance": {"Norway": ["neutral"], "Sweden": ["against"], "Atlantis": ["favor"]},
            "optional_actors": ["Atlantis"],
            "severity": [3],
            "sentences": [
                {"text": "Norway pays for it, yes 0.9.", "claim": True, "rhetoric": False, "quote": False},
                {"text": "Sweden is a leech, yes 0.1.", "claim": False, "rhetoric": True, "quote": False},
            ],
        },
        {
            "number": 2,
            "parent": ["article", "1"],
            "relation": ["query"],
            "stance": {"Kingdom of the North": ["favor", "neutral"], "Lemuria": ["against"]},
            "optional_actors": [],
            "severity": [1, 2],
            "sentences": [
                {"text": "Norway again,  yes 0.6.", "claim": None, "rhetoric": False, "quote": False},
                {"text": "So be it.", "claim": True, "rhetoric": True, "quote": True},
                {"text": "Not on this page.", "claim": True, "rhetoric": True, "quote": False},
            ],
        },
    ]
    gold = {"order": "oldest_first", "comments": comments, "actor_aliases": {"Kingdom of the North": ["NORWAY"]}}
    return gold | changes


@pytest.fixture
def measure(tmp_path, told_judge, previous_scorer, policy):
    from stance.evaluate import run_task

    page = tmp_path / "page.jsonl"
    page.write_text("".join(json.dumps(comment) + "\n" for comment in COMMENTS))

    def measure_gold(gold, **options):
        file = tmp_path / "gold.json"
        file.write_text(gold if isinstance(gold, str) else json.dumps(gold, indent=1))
        return run_task("thread", file, judge=told_judge, scorer=previous_scorer, policy=policy, page=page, **options)

    return measure_gold


def test_any_acceptable_answer_counts_as_right(measure):
    # Both parents are right: the article for 1, comment 1 for 2. Relation: told 0.9 and 0.6 sure of rebut.
    report = measure(gold_file())
    assert report["n"] == 2
    assert report["metrics"]["parent_accuracy"] == 1
    assert report["metrics"]["relation_accuracy"] == 0.5
    assert report["baseline"]["previous"]["parent_accuracy"] == 1
    assert report["baseline"]["majority"]["relation_accuracy"] == 0.5


def test_actors_found_are_scored_and_optional_ones_not_required(measure):
    # Required: Norway, Sweden in 1; the alias and Lemuria in 2. All but Lemuria are found. The judge says neutral
    # of all: right for Norway and for the alias, wrong for Sweden.
    metrics = measure(gold_file())["metrics"]
    assert metrics["stance_recall"] == 0.75
    assert metrics["stance_accuracy"] == pytest.approx(2 / 3, abs=1e-4)


def test_sentences_are_matched_by_text_and_quotations_left_out(measure):
    metrics = measure(gold_file())["metrics"]
    # Claim: 0.9 for true, 0.1 for false; null is left out. Rhetoric is 1 - told: 0.9 for true; 0.1, 0.4 for false.
    assert (metrics["claim_auc"], metrics["rhetoric_auc"]) == (1, 1)
    assert metrics["sentences_not_found"] == 1


def test_severity_is_compared_with_the_queues_order(measure):
    # Two comments: the order is right or wrong, and the judge is surer of every attribute in one of them.
    first = measure(gold_file())["metrics"]["severity_rank"]
    turned = gold_file()
    turned["comments"][0]["severity"], turned["comments"][1]["severity"] = [0], [3]
    assert first == -measure(turned)["metrics"]["severity_rank"]
    assert abs(first) == 1


def test_equal_severities_give_no_rank(measure):
    gold = gold_file()
    gold["comments"][1]["severity"] = [3]
    assert measure(gold)["metrics"]["severity_rank"] is None


def test_predictions_tell_everything_of_a_comment(measure, tmp_path):
    out = tmp_path / "out.jsonl"
    measure(gold_file(), predictions=out)
    first, second = map(json.loads, out.read_text().splitlines())
    assert (first["number"], first["parent"]) == (1, {"article": 1.0})
    assert set(second["stance"]["Norway"]) == {"favor", "against", "neutral"}
    assert {first["rank"], second["rank"]} <= {1, 2, 3}


@pytest.mark.parametrize(
    ("gold", "field", "line"),
    [
        ("{\n 'a': 1}", "whole line", 2),
        ({"comments": []}, "comments", 1),
        (gold_file(comments=[{"number": 9, "parent": ["1"]}]), "number", 1),
        (gold_file(comments=[{"number": "1"}]), "number", 1),
        (gold_file(comments=[{"number": 1, "relation": ["denies"]}]), "relation", 1),
        (gold_file(comments=[{"number": 1, "stance": {"Norway": ["pro"]}}]), "Norway", 1),
        (gold_file(comments=[{"number": 1, "severity": ["high"]}]), "severity", 1),
        (gold_file(actor_aliases={"Norway": "NO"}), "Norway", 1),
    ],
)
def test_a_bad_gold_file_names_the_field(measure, gold, field, line):
    with pytest.raises(BadLabelRow, match=field) as caught:
        measure(gold)
    assert caught.value.line == line


def test_a_thread_needs_its_page(run):
    with pytest.raises(ValueError, match="page: got None"):
        run("thread", gold_file())


ACTORS = (
    Actor(id="Norway", name="Norway", kind=ActorKind.STATE, aliases=("Norge",)),
    Actor(id="The Union", name="The Union", kind=ActorKind.BLOC),
    Actor(id="commenter 2", name="Bo", kind=ActorKind.COMMENTER),
    Actor(id="article author", name="Dr Ek", kind=ActorKind.AUTHOR),
)


@pytest.mark.parametrize(
    ("gold", "aliases", "found"),
    [
        ("norway", (), ["Norway"]),
        ("Kingdom", ("NORGE",), ["Norway"]),
        ("union", (), ["The Union"]),
        ("commenter 2", (), ["commenter 2"]),
        ("commenter 3", (), []),
        ("article author", ("Ek",), ["article author"]),
        ("Bo", (), []),
        ("Denmark", ("Danes",), []),
    ],
)
def test_actors_are_matched_by_name_or_alias(gold, aliases, found):
    assert match_actor(gold, aliases, ACTORS, authors={2: "Bo", 3: "Cem"}) == found


def test_a_name_goes_before_an_alias():
    twins = (
        Actor(id="b", name="Oslo", kind=ActorKind.STATE),
        Actor(id="a", name="Norway", kind=ActorKind.STATE),
    )
    assert match_actor("Norway", ("Oslo",), twins, authors={}) == ["a", "b"]


def test_sentences_are_located_whatever_their_spaces_and_quotation_marks():
    text = "He said “so”.\n\nSo be it.  So be it."
    spans = locate_sentences(text, ['He said "so".', "So be it.", "So  be it.", "Never said.", "He said"])
    shown = [span and text[slice(*span)] for span in spans]
    assert shown == ["He said “so”.", "So be it.", "So be it.", None, "He said"]
    assert spans[1] != spans[2]
