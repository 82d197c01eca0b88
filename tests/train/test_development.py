import json
from datetime import UTC, datetime, timedelta

import pytest

from stance.evaluate import run_task
from stance.judge import load_judge
from stance.queue import load_policy
from stance.records import ActorKind, Attribute, Device, Relation, Stance
from stance.replies import load_scorer
from stance.train.development import sentence_row, stance_row, write_development
from stance.train.examples import NameLabel, SentenceLabel, TargetLabel
from stance.train.load_threads import ForumPost, ForumThread

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def make_thread(split="dev"):
    """Three posts; the last quotes the first."""
    posts = [("p1", "Ida", None, ""), ("p2", "Moss", "p1", ""), ("p3", "Tove", "p1", "> The ferry is late.\n\n")]
    return ForumThread(
        id="t",
        topic="ferries",
        title="Late again",
        split=split,
        posts=tuple(
            ForumPost(
                id=post_id,
                author=author,
                text_without_quotes=f"{author} says: The ferry is late.",
                text_with_quotes=f"{quoted}{author} says: The ferry is late.",
                posted_at=START + timedelta(minutes=number),
                parent_id=parent,
                quoting=bool(quoted),
                quoted_ids=("p1",) if quoted else (),
            )
            for number, (post_id, author, parent, quoted) in enumerate(posts)
        ),
    )


@pytest.fixture
def rows(make_example):
    """Rows of every task, each label in both answers, and one row that trains."""
    made = []
    for n in range(4):
        against = float(n % 2)
        target = TargetLabel(
            name="Moss", probabilities={Stance.AGAINST: against, Stance.FAVOR: 1 - against}, spans=((0, 4),)
        )
        sentences = (
            SentenceLabel(start=0, end=11, claim=against, rhetoric=1 - against, devices={Device.SARCASM: against}),
            SentenceLabel(start=12, end=20, claim=1 - against),
        )
        relation = {Relation.REBUT: against, Relation.SUPPORT: 1 - against}
        made += [
            make_example(f"Moss is {n}.", split="dev", source="vast", targets=(target,), parent="Is he?"),
            make_example(f"No, not {n}.", split="dev", source="debagreement", parent="Yes.", relation=relation),
            make_example("It is late. So am I!", split="dev", source="ct24", sentences=sentences),
            make_example(f"Fool {n}", split="dev", source="olid", attributes={Attribute.INSULT: against}),
            make_example(
                f"I saw {n} Moss", split="dev", source="btc", names=(NameLabel(start=8, end=12, kind=ActorKind.PERSON),)
            ),
        ]
    return [*made, make_example("Never show this", targets=(target,))]


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_there_is_a_file_for_each_task_and_source(rows, tmp_path):
    written = write_development(rows, [make_thread(), make_thread("train")], tmp_path)
    assert {name: task for name, (task, _) in written.items()} == {
        "stance/vast": "stance",
        "relation/debagreement": "relation",
        "sentence/ct24": "sentence",
        "attributes/olid": "attributes",
        "actors/btc": "actors",
        "structure/iac-with-quotes": "structure",
        "structure/iac-without-quotes": "structure",
    }
    assert [len(read(path)) for _, path in written.values()] == [4, 4, 4, 8, 4, 1, 1]
    assert not any("Never" in path.read_text() for _, path in written.values())


def test_every_file_is_read_by_the_command_that_users_have(rows, tiny_model, tmp_path):
    judge, scorer = load_judge(tiny_model), load_scorer(tiny_model)
    n_items = {}
    for name, (task, path) in write_development(rows, [make_thread()], tmp_path).items():
        report = run_task(task, path, judge=judge, scorer=scorer, policy=load_policy())
        n_items[name] = report["n"]
    # Of a thread only the post that quotes is scored.
    assert n_items == {
        "stance/vast": 4,
        "relation/debagreement": 4,
        "sentence/ct24": 8,
        "attributes/olid": 4,
        "actors/btc": 4,
        "structure/iac-with-quotes": 1,
        "structure/iac-without-quotes": 1,
    }


def test_without_threads_there_is_no_structure_to_measure(rows, tmp_path):
    assert not any(name.startswith("structure") for name in write_development(rows, [], tmp_path))


def test_a_thread_without_its_quotations_holds_none(tmp_path):
    written = write_development([], [make_thread()], tmp_path)
    (with_quotes,), (without,) = (read(written[f"structure/iac-{kind}-quotes"][1]) for kind in ("with", "without"))
    assert with_quotes["comments"][2]["text"].startswith("> The ferry")
    assert without["comments"][2]["text"].startswith("Tove says")
    assert with_quotes["scored"] == without["scored"] == ["p3"]


def test_a_stance_that_was_not_offered_is_never_the_label(make_example):
    example = make_example("Moss left")
    even = TargetLabel(name="Moss", probabilities={Stance.FAVOR: 0.4, Stance.AGAINST: 0.6})
    assert stance_row(example, even) == {"text": "Moss left", "target": "Moss", "label": "against"}


def test_where_raters_were_split_neutral_is_the_label(make_example):
    split = TargetLabel(
        name="Moss", probabilities={Stance.FAVOR: 0.4, Stance.AGAINST: 0.2, Stance.NEUTRAL: 0.4}, spans=((0, 4),)
    )
    row = stance_row(make_example("Moss left", parent="Did he?"), split)
    assert (row["label"], row["mentions"], row["context"]) == ("neutral", [[0, 4]], ["Did he?"])


def test_a_sentence_goes_with_its_neighbours_and_known_labels_alone(make_example):
    text = "x" * 500 + " It is late. " + "y" * 500
    row = sentence_row(make_example(text), SentenceLabel(start=501, end=512, check_worthy=0.5, claim=0.4))
    assert row == {
        "text": "It is late.",
        "before": "x" * 399,
        "after": "y" * 399,
        "check_worthy": 1,
        "claim": 0,
    }
