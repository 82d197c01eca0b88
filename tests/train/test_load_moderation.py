import csv
import io
import json
from collections import Counter

import pytest

from stance.records import Attribute
from stance.train import load_moderation
from stance.train.load_moderation import unescape_python

INSULT, IDENTITY, THREAT = Attribute.INSULT, Attribute.IDENTITY_ATTACK, Attribute.THREAT
PROFANITY, SEVERE, TOXICITY = Attribute.PROFANITY, Attribute.SEVERE_TOXICITY, Attribute.TOXICITY
ON_COMMENTER = Attribute.ATTACK_ON_COMMENTER


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(header, *rows, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


def json_lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def attributes(examples):
    return {e.text: dict(e.attributes) for e in examples}


def test_each_span_type_is_the_share_of_raters_that_marked_it(tmp_path):
    folder = tmp_path / load_moderation._TOXIC_SPANS
    put(folder / "comments.csv", table("comment_id,comment_text", ["1", "You goose."], ["2", "Mild."], ["3", "Grave."]))
    raters = [[a, "1", "w", "US", "False", "False"] for a in "abcd"]
    raters += [["e", "2", "w", "US", "True", "True"], ["f", "3", "w", "US", "False", "False"]]
    put(folder / "annotations.csv", table("annotation,comment_id,worker,country,all toxic,not toxic", *raters))
    spans = [["a", "Insult", "4", "9"], ["a", "Insult", "0", "3"], ["b", "Insult", "4", "9"]]
    spans += [["b", "Threat", "0", "3"], ["c", "Insu", "0", "1"], ["f", "Identity based Attack", "0", "5"]]
    put(folder / "spans.csv", table("annotation,type,start,end", *spans))
    found = attributes(load_moderation.load_toxic_spans(tmp_path))
    # Two of four raters marked an insult (one of them twice), one a threat: too little to be severe or surely not.
    assert found["You goose."] == {INSULT: 0.5, THREAT: 0.25, IDENTITY: 0.0, PROFANITY: 0.0}
    assert found["Mild."] == {INSULT: 0.0, THREAT: 0.0, IDENTITY: 0.0, PROFANITY: 0.0, SEVERE: 0.0}
    assert found["Grave."][SEVERE] == 1.0
    assert not any(TOXICITY in labels for labels in found.values())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"no\xa0space"', "no\xa0space"),
        (r'"caf\xc3\xa9 bar"', "café bar"),
        (r'"two\\nlines\nmore"', "two\nlines\nmore"),
        (r'"a \u201cword\u201d"', "a “word”"),
        (r'"broken \ud83d"', "broken \ufffd"),
        (r'"it\'s"', "it's"),
        ('plain "quoted" end', 'plain "quoted" end'),
        ('"', '"'),
    ],
)
def test_python_escapes_are_undone(written, meant):
    assert unescape_python(written) == meant


def test_an_insult_to_somebody_taking_part_is_an_attack_on_a_commenter_and_says_nothing_else(tmp_path):
    rows = [["1", "2012", '"You goose."'], ["0", "", '"The mayor is a goose."'], ["x", "", '"?"']]
    put(tmp_path / load_moderation._IMPERMIUM, table("Insult,Date,Comment", *rows))
    assert attributes(load_moderation.load_impermium(tmp_path)) == {
        "You goose.": {ON_COMMENTER: 1.0},
        "The mayor is a goose.": {ON_COMMENTER: 0.0},
    }


def test_incivility_and_surge_label_toxicity_and_surge_is_for_development(tmp_path):
    put(tmp_path / load_moderation._INCIVILITY, json_lines({"comment": "&gt; q\nGoose.", "label": 1}))
    put(tmp_path / load_moderation._SURGE, table("text,is_toxic", ["Geese.", "Toxic"], ["Ducks.", "Not Toxic"]))
    (uncivil,) = load_moderation.load_incivility(tmp_path)
    assert (uncivil.attributes, uncivil.quotes) == ({TOXICITY: 1.0}, ((0, 3),))
    surge = list(load_moderation.load_surge(tmp_path))
    assert attributes(surge) == {"Geese.": {TOXICITY: 1.0}, "Ducks.": {TOXICITY: 0.0}}
    assert {e.split for e in surge} == {"dev"}


def test_hate_that_threatens_is_severe_and_other_hate_of_unknown_gravity(tmp_path):
    header = "entry_id,text,type,label_gold"
    rows = [["1", "threat", "threateninglanguage", "1"], ["2", "slur", "derogation", "1"], ["3", "fine", "none", "0"]]
    put(tmp_path / load_moderation._HATEMOJI / "train.csv", table(header, *rows))
    put(tmp_path / load_moderation._HATEMOJI / "validation.csv", table(header))
    assert attributes(load_moderation.load_hatemoji(tmp_path)) == {
        "threat": {TOXICITY: 1.0, IDENTITY: 1.0, THREAT: 1.0, SEVERE: 1.0},
        "slur": {TOXICITY: 1.0, IDENTITY: 1.0, THREAT: 0.0},
        "fine": {TOXICITY: 0.0, IDENTITY: 0.0, THREAT: 0.0, SEVERE: 0.0},
    }


def test_olid_tells_insult_from_mere_profanity(tmp_path):
    lines = ["id\ttweet\tsubtask_a\tsubtask_b\tsubtask_c", '1\t"@USER aimed\tOFF\tTIN\tIND', "2\tsworn\tOFF\tUNT\tNULL"]
    lines += ["3\tkind\tNOT\tNULL\tNULL"]
    put(tmp_path / load_moderation._OLID, "\n".join(lines) + "\n")
    found = attributes(load_moderation.load_olid(tmp_path))
    assert found['"@USER aimed'] == {TOXICITY: 1.0, INSULT: 1.0}
    assert found["sworn"] == {TOXICITY: 1.0, INSULT: 0.0, PROFANITY: 1.0}
    assert set(found["kind"].values()) == {0.0}
    assert {TOXICITY, INSULT, PROFANITY, THREAT} <= set(found["kind"])


def test_davidson_gives_at_most_so_many_rows_a_class(tmp_path, monkeypatch):
    monkeypatch.setattr(load_moderation, "_DAVIDSON_PER_CLASS", 20)
    header = ",count,hate_speech,offensive_language,neither,class,tweet"
    rows = [[str(n), "3", "0", "0", "0", str(n % 3), f"tweet {n} &amp;"] for n in range(300)]
    put(tmp_path / load_moderation._DAVIDSON, table(header, *rows))
    read = list(load_moderation.load_davidson(tmp_path))
    assert Counter(e.attributes[IDENTITY] for e in read if e.split == "train") == {1.0: 20, 0.0: 40}
    assert sum(e.split == "dev" for e in read) <= 6
    assert read[0].text.endswith("&")


def test_guest_keeps_the_published_training_rows_and_no_author(tmp_path):
    header = "entry_id,link_id,author,body,level_1,split"
    rows = [
        ["1", "t", "somebody", "Bad.", "Misogynistic", "train"],
        ["2", "t", "somebody", "Good.", "Nonmisogynistic", "train"],
        ["3", "t", "somebody", "Held out.", "Misogynistic", "test"],
        ["4", "t", "somebody", "Shifted.", "somebody", "train"],
    ]
    put(tmp_path / load_moderation._GUEST, table(header, *rows))
    read = list(load_moderation.load_guest(tmp_path))
    assert attributes(read) == {"Bad.": {IDENTITY: 1.0}, "Good.": {IDENTITY: 0.0}}
    assert "somebody" not in repr(read)


def test_both_sides_of_a_paradetox_pair_are_written_alike_and_on_one_side(tmp_path):
    rows = [
        "toxic\tneutral1\tneutral2\tneutral3",
        'he is "a goose , really !\tHe is "unwise, really!\t\t',
        "same .\tSame.\t\t",
    ]
    put(tmp_path / load_moderation._PARADETOX, "\n".join(rows) + "\n")
    toxic, civil = load_moderation.load_paradetox(tmp_path)
    assert (toxic.text, toxic.attributes) == ('he is "a goose, really!', {TOXICITY: 1.0})
    assert (civil.text, civil.attributes) == ('he is "unwise, really!', {TOXICITY: 0.0})
    assert (toxic.split, toxic.group) == (civil.split, civil.group)


def test_harmless_sentences_label_no_profanity_and_leave_the_test_rows(tmp_path):
    rows = [["1", "A Quaker school.", "False", "train"], ["2", "Gone.", "False", "test"]]
    put(tmp_path / load_moderation._DEBIASING, table("rev_id,comment,is_toxic,split", *rows, delimiter="\t"))
    ((text, labels),) = attributes(load_moderation.load_debiasing(tmp_path)).items()
    assert text == "A Quaker school."
    assert PROFANITY not in labels
    assert set(labels.values()) == {0.0}


def test_opposing_hate_is_no_attack_on_an_identity(tmp_path):
    folder = tmp_path / load_moderation._COUNTER
    rows = [{"label": label, "context": "They &amp; them.", "target": f"Reply {label}."} for label in "012"]
    put(folder / "train.jsonl", json_lines(*rows))
    put(folder / "val.jsonl", "")
    read = list(load_moderation.load_counter_context(tmp_path))
    assert [e.attributes[IDENTITY] for e in read] == [1.0, 0.0, 0.0]
    assert {e.parent for e in read} == {"They & them."}


def test_one_video_of_spam_is_held_out_whole_and_authors_are_dropped(tmp_path):
    for video in ("01-Psy", "02-KatyPerry", "03-LMFAO", "04-Eminem", "05-Shakira"):
        rows = [["z", "somebody", "2015", f"See my page {video}\ufeff", "1"]]
        put(
            tmp_path / load_moderation._SPAM / f"Youtube{video}.csv",
            table("COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS", *rows),
        )
    read = list(load_moderation.load_youtube_spam(tmp_path))
    assert Counter(e.split for e in read) == {"train": 4, "dev": 1}
    assert read[-1].text == "See my page 05-Shakira"
    assert "somebody" not in repr(read)


def test_tweeteval_hate_is_capped_for_training_only(tmp_path, monkeypatch):
    monkeypatch.setattr(load_moderation, "_HATE_MOST", 5)
    for part in ("train", "val"):
        put(tmp_path / load_moderation._HATE / f"{part}_text.txt", "".join(f"{part} {n}\n" for n in range(9)))
        put(tmp_path / load_moderation._HATE / f"{part}_labels.txt", "1\n" * 9)
    read = list(load_moderation.load_tweeteval_hate(tmp_path))
    assert Counter(e.split for e in read) == {"train": 5, "dev": 9}
    assert {e.attributes[IDENTITY] for e in read} == {1.0}


def test_removed_comments_are_attacks_and_very_long_ones_are_left_out(tmp_path):
    row = {"link_id": "t3", "delta": False}
    rows = [
        row | {"violated_rule": 2, "body": "You goose."},
        row | {"violated_rule": 0, "body": "Hm."},
        row | {"violated_rule": 2, "body": "word " * 251},
        row | {"violated_rule": 3, "body": "Other rule."},
    ]
    put(tmp_path / load_moderation._AD_HOMINEM, json_lines(*rows))
    assert attributes(load_moderation.load_cmv_ad_hominem(tmp_path)) == {
        "You goose.": {ON_COMMENTER: 1.0},
        "Hm.": {ON_COMMENTER: 0.0},
    }


def test_the_evaluation_only_corpus_is_never_on_the_training_side(tmp_path):
    rows = [[str(n), f"Comment {n}.", str(n % 2)] for n in range(30)]
    put(tmp_path / load_moderation._UCC, table("_unit_id,comment,antagonize", *rows))
    read = list(load_moderation.load_ucc(tmp_path))
    assert Counter((e.split, e.attributes[ON_COMMENTER]) for e in read) == {("dev", 0.0): 15, ("dev", 1.0): 15}
