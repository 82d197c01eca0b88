import csv
import io

import pytest

from stance.train import load_claims
from stance.train.load_claims import cut_passages


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(header, *rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


def labels(examples, field="claim"):
    return {e.text[s.start : s.end]: getattr(s, field) for e in examples for s in e.sentences}


def test_passages_cover_every_sentence_once_and_keep_to_their_length():
    sentences = [f"Sentence {number}." for number in range(57)]
    passages = list(cut_passages(sentences, longest=4))
    assert [at for start, stop in passages for at in range(start, stop)] == list(range(57))
    assert {stop - start for start, stop in passages} <= {1, 2, 3, 4}
    assert len({stop - start for start, stop in passages}) > 1


def debate(*rows):
    return "Sentence_id\tText\tclass_label\n" + "".join(f"{key}\t{text}\t{label}\n" for key, text, label in rows)


@pytest.fixture
def ct24(tmp_path):
    train = [(3, 'Taxes "rose.', "Yes"), (1, "Good evening.", "No"), (2, "Thanks.", "No"), (90, "Far away.", "No")]
    put(tmp_path / f"{load_claims._CT24_SHUFFLED}_train.tsv", debate(*train))
    put(tmp_path / f"{load_claims._CT24_SHUFFLED}_dev.tsv", debate((4, "Exports fell.", "Yes")))
    return tmp_path


def test_debate_sentences_stand_in_order_and_a_gap_ends_a_passage(ct24):
    train = [e for e in load_claims.load_ct24(ct24) if e.split == "train"]
    assert " ".join(e.text for e in train) == 'Good evening. Thanks. Taxes "rose. Far away.'
    assert train[-1].text == "Far away."
    assert labels(train, "check_worthy") == {
        "Good evening.": 0.0,
        "Thanks.": 0.0,
        'Taxes "rose.': 1.0,
        "Far away.": 0.0,
    }
    assert all(s.claim is None for e in train for s in e.sentences)


def test_the_reshuffled_development_file_is_held_out(ct24):
    dev = [e for e in load_claims.load_ct24(ct24) if e.split == "dev"]
    assert labels(dev, "check_worthy") == {"Exports fell.": 1.0}


def test_official_development_rows_leave_training_and_the_reshuffled_ones_join_it(ct24):
    put(ct24 / f"{load_claims._CT24_OFFICIAL}_dev.tsv", debate((3, "Taxes rose.", "Yes")))
    put(ct24 / f"{load_claims._CT24_OFFICIAL}_dev-test.tsv", debate((90, "Far away.", "No")))
    read = list(load_claims.load_ct24(ct24))
    train = labels((e for e in read if e.split == "train"), "check_worthy")
    assert set(train) == {"Good evening.", "Thanks.", "Exports fell."}
    assert labels((e for e in read if e.split == "dev"), "check_worthy") == {"Taxes rose.": 1.0}


def test_policlaim_trusts_sure_scores_only_and_keeps_the_rest_as_context(tmp_path):
    golden = [[f"S{n}", f"Speech {n} says so.", "1"] for n in range(4)]
    silver = [["T1", "Sure fact.", "3"], ["T1", "Half sure.", "1.5"], ["T1", "Thank you.", "0"], ["S0", "Twice.", "3"]]
    folder = tmp_path / load_claims._POLICLAIM
    put(folder / "policlaim_train_golden.csv", table("speech,SENTENCES,golden", *golden))
    put(folder / "policlaim_train_silver_bronze.csv", table("speech,SENTENCES,likelihood", *silver))
    read = list(load_claims.load_policlaim(tmp_path))
    found = labels(read)
    assert found["Sure fact."] == 1.0
    assert found["Thank you."] == 0.0
    assert "Half sure." not in found
    assert "Twice." not in " ".join(e.text for e in read)
    assert len({e.group for e in read if e.split == "dev"}) == 2
    assert not {e.group for e in read if e.split == "dev"} & {e.group for e in read if e.split == "train"}


def test_a_proposition_may_hold_commas_and_hashes_and_experience_is_checkable(tmp_path):
    lines = [
        "u,Fees, all of them, are unfair.#apr.1.0",
        "e,I paid #40 twice.#apr.1.1",
        "n,The rule says 40.#apr.2.0",
        "bad",
    ]
    put(tmp_path / load_claims._VERIFIABILITY, "\n".join(lines))
    read = list(load_claims.load_verifiability(tmp_path))
    assert labels(read) == {"Fees, all of them, are unfair.": 0.0, "I paid #40 twice.": 1.0, "The rule says 40.": 1.0}
    assert {e.group for e in read} == {"apr.1", "apr.2"}
    assert all(e.text == "The rule says 40." for e in read if e.group == "apr.2")


def test_subjective_news_sentences_are_rhetoric(tmp_path):
    put(
        tmp_path / load_claims._NEWSSD / "train.csv",
        table("Sentence,Label,Solved conflict", ["A sad farce.\n", "SUBJ", "F"]),
    )
    put(tmp_path / load_claims._NEWSSD / "val.csv", table("Sentence,Label,Solved conflict", ["It rained.", "OBJ", "F"]))
    train, dev = load_claims.load_newssd(tmp_path)
    assert (train.text, train.sentences[0].rhetoric, train.split) == ("A sad farce.", 1.0, "train")
    assert (dev.sentences[0].rhetoric, dev.sentences[0].claim, dev.split) == (0.0, None, "dev")
