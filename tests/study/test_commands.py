"""`stance sample`, `stance estimate` and `stance agreement`, as a person gives them."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from stance.cli import main

CHOICES = ("favor", "against", "neutral")


@pytest.fixture
def stance(monkeypatch, capsys):
    """`stance("sample", path, ...)` runs a command; gives exit code, stdout and stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def scores(row, write_scores):
    """Twenty-five threads of eight comments about Russia, a thread a day."""
    rng = np.random.default_rng(0)
    parts = [
        [
            row(
                f"{number}-{at}",
                thread=f"t{number}",
                stances={"Russia": rng.dirichlet([1, 1, 1]).round(6).tolist()},
                posted_at=f"2024-01-{1 + number:02}T10:00:00+00:00",
            )
            for at in range(8)
        ]
        for number in range(25)
    ]
    return write_scores(parts, form="parquet")


@pytest.fixture
def label(stance, scores, tmp_path):
    """`label("Ida", n=60)` draws, labels by the id alone, and gives the file."""

    def draw(annotator, *, n=60, shift=0):
        path = tmp_path / f"{annotator}.jsonl"
        assert stance("sample", scores, "--what", "stance:Russia", "--n", n, "--out", path)[0] == 0
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            number = int(row["id"].replace("-", ""))
            row |= {"label": CHOICES[(number + (number % 5 == 0) * shift) % 3], "annotator": annotator}
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return draw


def test_a_study_from_the_first_question_to_the_shares(stance, scores, label, tmp_path):
    code, out, err = stance("estimate", scores, "--what", "stance:russia")
    assert (code, err) == (0, "")
    assert "No labels, no interval" in out
    assert " to " not in "".join(line for line in out.splitlines() if line.startswith(CHOICES))
    labels = label("Ida")
    code, out, _ = stance("estimate", scores, "--labels", labels, "--what", "stance:Russia")
    assert code == 0
    assert "60 labelled · intervals of 95 %, of all threads of which these are a sample (clustered by thread)" in out
    lines = {line.split()[0]: line for line in out.splitlines() if line.startswith(CHOICES)}
    assert set(lines) == set(CHOICES)
    assert all(line.count(" to ") == 2 for line in lines.values())
    code, out, _ = stance(
        "estimate", scores, "--labels", labels, "--what", "stance:Russia", "--by", "week", "--label", "against"
    )
    assert "per cent against" in out
    assert [line.split()[0] for line in out.splitlines() if line.startswith("2024")] == [
        "2024-W01",
        "2024-W02",
        "2024-W03",
        "2024-W04",
    ]


def test_what_a_sample_is_of_is_told(stance, scores, tmp_path):
    out = tmp_path / "sample.jsonl"
    words = ("sample", scores, "--what", "stance:Russia", "--out", out)
    _, said, err = stance(*words, "--n", 20, "--seed", 3)
    assert said == ""
    assert "20 of 200 comments that speak of Russia (of 200 comments in 25 threads), drawn evenly, seed 3" in err
    assert "each with probability 0.1000" in err
    code, _, err = stance(*words)
    assert code == 8
    assert "--force" in err
    _, _, err = stance(*words, "--design", "stratified", "--allocation", "equal", "--n", 30, "--force")
    assert err.count("stratum ") == 3
    assert not any(choice in err for choice in CHOICES)
    _, _, err = stance(*words, "--design", "uncertainty", "--n", 999, "--force")
    assert "999 were wanted, and there are no more" in err


def test_json_holds_everything(stance, scores, label, tmp_path):
    labels = label("Ida")
    out = tmp_path / "study.json"
    stance("estimate", scores, "--labels", labels, "--what", "stance:Russia", "--json", "--out", out)
    study = json.loads(out.read_text())
    assert study["what"] == "stance:Russia"
    assert study["counts"]["units"] == 60
    assert {"share", "error", "low", "high"} == set(study["estimates"][0]["prediction_powered"])
    planned = json.loads(stance("estimate", scores, "--what", "stance:Russia", "--json", "--width", "0.2")[1])
    assert [need["width"] for need in planned["needs"]] == [0.2] * 3


def test_people_are_compared_and_texts_stay_out_unless_asked_for(stance, label):
    files = label("Ida"), label("Ben", shift=1)
    code, out, _ = stance("agreement", *files)
    assert code == 0
    assert "Krippendorff's alpha" in out
    assert "with different labels:" in out
    assert "Ida" in out
    assert "    Russia" not in out
    assert "    Russia" in stance("agreement", *files, "--show-text")[1]
    (found,) = json.loads(stance("agreement", *files, "--json")[1])
    assert "text" not in found["disagreements"][0]
    assert found["pairs"][0]["n_units"] == 60


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("estimate", "--what", "stance:Atlantis"), 6, "Commonest are 'Russia' (200)"),
        (("estimate", "--what", "mood"), 6, "nothing that comments are scored for"),
        (("estimate", "--what", "stance:Russia", "--label", "yes"), 2, "is not one of favor, against, neutral"),
        (("sample", "--what", "claim", "--out", "x.jsonl"), 6, "nothing in it that 'claim' can be asked of"),
    ],
)
def test_what_cannot_be_asked_ends_in_words(stance, scores, words, code, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, *rest = words
    found, _, err = stance(name, scores, *rest)
    assert found == code
    assert said in " ".join(err.replace("│", " ").split())


def test_a_hostile_name_cannot_steer_the_terminal(stance, row, write_scores, label, tmp_path):
    path = write_scores([[row("a", stances={"Ru\u202ess\x1b[2Jia": (0.2, 0.3, 0.5)})]], name="hostile")
    out = tmp_path / "hostile.jsonl"
    _, _, err = stance("sample", path, "--what", "stance:Ru\u202ess\x1b[2Jia", "--out", out)
    assert "1 of 1 comments" in err
    _, told, _ = stance("estimate", path, "--what", "stance:Ru\u202ess\x1b[2Jia")
    for words in (err, told):
        assert "\x1b" not in words
        assert "\u202e" not in words
