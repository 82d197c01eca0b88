from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from stance.study import (
    BadLabels,
    By,
    Design,
    How,
    Joined,
    Of,
    Unit,
    draw_sample,
    estimate,
    parse_what,
    plan,
    write_label_rows,
)

WHAT = parse_what("stance:Russia")
CHOICES = ("favor", "against", "neutral")


@pytest.fixture
def corpus(row, write_scores):
    """Thirty threads of eight comments about Russia from two months, the likeliest stance being mostly right."""
    rng = np.random.default_rng(0)
    truth, parts = {}, []
    for number in range(30):
        rows = []
        for at in range(8):
            name = f"{number}-{at}"
            shares = rng.dirichlet([1, 1, 1])
            truth[name] = CHOICES[int(rng.choice(3, p=0.8 * np.eye(3)[shares.argmax()] + 0.2 / 3))]
            posted = f"2024-0{1 + number % 2}-10T10:00:00+00:00" if number else None
            rows.append(
                row(
                    name,
                    thread=f"t{number}",
                    stances={"Russia": shares.round(6).tolist()},
                    posted_at=posted,
                    author="Ida",
                )
            )
        parts.append(rows)
    return write_scores(parts), truth


@pytest.fixture
def labelled(corpus, tmp_path):
    """`labelled(n=60)` draws and labels; options of rows by id may change them."""

    def draw(*, n=60, design=Design.UNIFORM, name="labels.jsonl", change=lambda row: row):
        path, truth = corpus
        drawn = draw_sample(path, WHAT, n=n, design=design)
        rows = [change(replace(row, label=truth[row.unit.id], annotator="Ida")) for row in drawn.rows]
        write_label_rows(rows, tmp_path / name)
        return tmp_path / name

    return draw


def study(corpus, labels, **how):
    return estimate(corpus[0], [labels] if not isinstance(labels, list) else labels, WHAT, how=How(**how))


@pytest.mark.parametrize("design", list(Design))
def test_both_estimates_hold_the_truth_and_the_model_narrows(corpus, labelled, design):
    found = study(corpus, labelled(n=90, design=design), of=Of.CORPUS)
    for one in found.estimates:
        truth = np.mean([label == one.label for label in corpus[1].values()])
        assert one.labels_alone.low < truth < one.labels_alone.high
        assert one.prediction_powered.low < truth < one.prediction_powered.high
    alone, helped = (
        sum(getattr(one, name).error ** 2 for one in found.estimates) for name in ("labels_alone", "prediction_powered")
    )
    assert helped < alone
    assert found.weights == pytest.approx(240, rel=0.1)


def test_all_labels_give_the_truth_itself(corpus, labelled):
    found = study(corpus, labelled(n=240), of=Of.CORPUS)
    for one in found.estimates:
        truth = np.mean([label == one.label for label in corpus[1].values()])
        assert one.labels_alone.share == pytest.approx(truth)
        assert one.prediction_powered.share == pytest.approx(truth)
        assert one.prediction_powered.low == pytest.approx(truth, abs=1e-6)


def test_the_model_by_itself_is_counted_as_it_is(corpus, labelled):
    found = study(corpus, labelled())
    assert sum(one.classified for one in found.estimates) == pytest.approx(1)
    assert sum(one.mean_probability for one in found.estimates) == pytest.approx(1, abs=1e-4)
    assert found.n_agreed > 45


def test_groups_are_told_apart_and_what_has_no_date_is_one(corpus, labelled):
    found = study(corpus, labelled(), by=By.MONTH)
    assert list(dict.fromkeys(one.group for one in found.estimates)) == ["2024-01", "2024-02", "no date"]
    assert sum(one.n_labels for one in found.estimates if one.label == "favor") == 60
    assert sum(one.n_units for one in found.estimates if one.label == "favor") == 240
    assert [one.why for one in found.estimates if one.group == "no date"] == ["one thread only"] * 3


@pytest.mark.parametrize(("by", "group"), [(By.WEEK, "2024-W02"), (By.DAY, "2024-01-10"), (By.YEAR, "2024")])
def test_dates_have_iso_names(corpus, labelled, by, group):
    assert group in {one.group for one in study(corpus, labelled(), by=by).estimates}


def test_threads_apart_are_of_the_corpus(corpus, labelled):
    found = study(corpus, labelled(n=200), by=By.THREAD)
    assert found.of is Of.CORPUS
    assert len({one.group for one in found.estimates}) == 30
    assert any(one.labels_alone for one in found.estimates)


def test_groups_without_labels_say_so(corpus, labelled):
    found = study(corpus, labelled(n=10), by=By.THREAD)
    empty = [one for one in found.estimates if not one.n_labels]
    assert empty
    assert {(one.why, one.labels_share, one.labels_alone, one.prediction_powered) for one in empty} == {
        ("no labels", None, None, None)
    }


def test_one_label_gives_a_share_and_no_interval(corpus, labelled):
    for of in Of:
        found = study(corpus, labelled(n=1), of=of)
        assert {one.labels_share for one in found.estimates} == {0.0, 1.0}
        assert [one.labels_alone for one in found.estimates] == [None] * 3


def test_labels_that_are_all_one_give_no_interval_with_the_model(corpus, labelled):
    found = study(corpus, labelled(change=lambda row: replace(row, label="against")))
    against = next(one for one in found.estimates if one.label == "against")
    assert against.prediction_powered is None
    assert against.why == "fewer than 5 labels on one side"
    assert against.labels_alone.share == 1
    assert 0.7 < against.labels_alone.low < 1
    assert found.power == 0


def test_a_corpus_of_one_thread_speaks_of_itself(row, write_scores, tmp_path):
    rng = np.random.default_rng(0)
    path = write_scores([[row(str(n), stances={"Russia": rng.dirichlet([1, 1, 1]).tolist()}) for n in range(40)]])
    drawn = draw_sample(path, WHAT, n=20)
    labels = tmp_path / "labels.jsonl"
    write_label_rows([replace(row, label=CHOICES[at % 3]) for at, row in enumerate(drawn.rows)], labels)
    found = estimate(path, [labels], WHAT)
    assert found.of is Of.CORPUS
    assert all(one.labels_alone for one in found.estimates)


def test_several_people_count_together(corpus, labelled):
    one = labelled(n=30, name="one.jsonl", change=lambda row: replace(row, label="favor", annotator="Ida"))
    two = labelled(n=30, name="two.jsonl", change=lambda row: replace(row, label="against", annotator="Ben"))
    three = labelled(n=30, name="three.jsonl", change=lambda row: replace(row, label="against", annotator=None))
    shares = {e.label: e.labels_share for e in study(corpus, [one, two, three]).estimates}
    assert shares == pytest.approx({"favor": 1 / 3, "against": 2 / 3, "neutral": 0})
    joined = study(corpus, [one, two, three], joined=Joined.MAJORITY)
    assert {e.label: e.labels_share for e in joined.estimates} == pytest.approx(
        {"favor": 0, "against": 1, "neutral": 0}
    )
    assert (joined.counts.annotators, joined.counts.several) == (3, 30)
    even = study(corpus, [one, two], joined=Joined.MAJORITY)
    assert {e.label: e.labels_share for e in even.estimates} == pytest.approx(
        {"favor": 0.5, "against": 0.5, "neutral": 0}
    )


def test_what_cannot_be_used_is_counted(corpus, labelled):
    path = labelled(n=40)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0].pop("label")
    lines[1]["what"] = "stance:Turkey"
    lines[2]["id"] = "none"
    lines.append({**lines[3], "label": "neutral"})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    counts = study(corpus, path).counts
    assert (counts.rows, counts.unlabelled, counts.unknown, counts.again, counts.units) == (41, 1, 1, 1, 37)
    assert counts.other == {"stance:Turkey": 1}


def test_labels_without_probabilities_are_even_only_where_told(corpus, labelled):
    path = labelled(change=lambda row: replace(row, inclusion_probability=None))
    with pytest.raises(BadLabels, match=r"60 of 60 do not say how likely .* or give --uniform"):
        study(corpus, path)
    told = study(corpus, path, uniform=True)
    assert told.estimates == study(corpus, labelled(name="with.jsonl")).estimates
    with pytest.raises(BadLabels, match="Leave --uniform out"):
        study(corpus, labelled(name="with.jsonl"), uniform=True)


def test_a_unit_of_two_draws_is_refused(corpus, labelled):
    with pytest.raises(BadLabels, match="was drawn with two probabilities"):
        study(corpus, [labelled(n=60, name="one.jsonl"), labelled(n=30, name="two.jsonl")])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: replace(row, label=None), "60 have no label"),
        (lambda row: replace(row, what=parse_what("stance:Turkey")), "60 ask something else"),
        (lambda row: replace(row, unit=Unit("other", *row.unit[1:])), "60 units are not in the scores"),
    ],
)
def test_labels_none_of_which_can_be_used_are_an_error_that_says_why(corpus, labelled, change, said):
    with pytest.raises(BadLabels, match=said):
        study(corpus, labelled(change=change))


def test_yes_and_no_of_sentences_are_estimated(row, write_scores, tmp_path):
    rng = np.random.default_rng(0)
    parts = [
        [
            row(f"{n}-{at}", thread=f"t{n}", claims=[("It fell.", rng.random()), ("Sad!", rng.random())])
            for at in range(3)
        ]
        for n in range(20)
    ]
    path, claim = write_scores(parts), parse_what("claim")
    drawn = draw_sample(path, claim, n=60)
    labels = tmp_path / "claims.csv"
    lines = [f"{row.unit.source},{row.unit.thread},{row.unit.id},{row.unit.start}" for row in drawn.rows]
    cells = [
        f"{line},0.5,{'yes' if row.text == 'It fell.' else 'no'}" for line, row in zip(lines, drawn.rows, strict=True)
    ]
    labels.write_text("\n".join(["source,thread,id,start,inclusion_probability,label", *cells]))
    (one,) = estimate(path, [labels], claim).estimates
    assert one.label == "yes"
    assert one.n_units == 120
    assert one.labels_share == pytest.approx(sum(row.text == "It fell." for row in drawn.rows) / 60)


def test_strata_that_are_blind_to_what_is_rare_are_told(corpus, labelled):
    found = study(corpus, labelled(design=Design.STRATIFIED, change=lambda row: replace(row, label="favor")))
    assert found.blind > 0.3
    assert study(corpus, labelled(n=150, design=Design.STRATIFIED)).blind == 0
    assert study(corpus, labelled()).blind == 0


def test_without_labels_it_is_said_how_many_it_would_take(row, write_scores):
    # One thread of 400 comments, half sure of favour at 0.9 and half at 0.1: mean 0.5, p (1 - p) = 0.25, mean of
    # f (1 - f) = 0.09. A width of 0.1 wants a variance of (0.05 / 1.95996)² = 0.00065078:
    # 0.25 / (0.00065078 + 0.25 / 400) = 195.96; 0.09 / (0.00065078 + 0.09 / 400) = 102.76.
    shares = [(0.9, 0.1, 0.0), (0.1, 0.9, 0.0)] * 200
    path = write_scores([[row(str(n), stances={"Russia": one}) for n, one in enumerate(shares)]])
    found = plan(path, WHAT, widths=[0.1])
    assert found.of is Of.CORPUS
    favor = next(need for need in found.needs if need.label == "favor")
    assert (favor.labels_alone, favor.prediction_powered) == (196, 103)
    assert found.mean_probability == pytest.approx({"favor": 0.5, "against": 0.5, "neutral": 0})


def test_where_threads_differ_no_number_of_labels_makes_it_narrow(row, write_scores):
    parts = [[row(str(n), thread=f"t{n}", stances={"Russia": (n % 2, 1 - n % 2, 0)})] for n in range(20)]
    needs = plan(write_scores(parts), WHAT, widths=[0.1]).needs
    assert needs[0].labels_alone is None
