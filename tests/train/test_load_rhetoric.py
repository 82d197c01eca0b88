import csv
import io
import json

import pytest

from stance.records import Attribute, Device
from stance.train import load_rhetoric
from stance.train.origins import split_of


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(header, *rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


def test_a_paragraph_of_more_than_two_sentences_is_passed_over(tmp_path):
    header = "text,Doubt,Loaded_Language,Appeal_to_Fear-Prejudice,Name_Calling-Labeling,Exaggeration-Minimisation,label"
    rows = [
        ["A vile plan! It will drown us all.", "0", "1", "1", "0", "0", "True"],
        ["Is it so", "1", "0", "0", "0", "0", "True"],
        ["It rained at 4.5 degrees.", "0", "0", "0", "0", "0", "False"],
        ["One. Two. Three.", "0", "1", "0", "0", "0", "True"],
    ]
    put(tmp_path / load_rhetoric._SEMEVAL, table(header, *rows))
    vile, doubt, plain = load_rhetoric.load_semeval23(tmp_path)
    (label,) = vile.sentences
    assert (label.start, label.end, label.rhetoric, label.claim) == (0, len(vile.text), 1.0, None)
    assert {device for device, share in label.devices.items() if share} == {
        Device.LOADED_LANGUAGE,
        Device.APPEAL_TO_FEAR,
    }
    # Doubt is a technique, so it persuades, but it is not one of the devices that are named.
    assert (doubt.sentences[0].rhetoric, set(doubt.sentences[0].devices.values())) == (1.0, {0.0})
    assert plain.sentences[0].rhetoric == 0.0


def test_what_was_not_asked_of_plain_tweets_stays_unknown(tmp_path):
    header = ",tweet,sarcastic,rephrase,sarcasm,rhetorical_question"
    rows = [
        ["0", "Lovely, rain again?", "1", "I dislike rain", "1", "1"],
        ["1", "It rains.", "0", "", "", ""],
        ["2", "Does it rain?", "0", "", "", ""],
    ]
    put(tmp_path / load_rhetoric._ISARCASM, table(header, *rows))
    sarcastic, plain, asking = (e.sentences[0] for e in load_rhetoric.load_isarcasm(tmp_path))
    assert (sarcastic.rhetoric, sarcastic.devices) == (1.0, {Device.SARCASM: 1.0, Device.RHETORICAL_QUESTION: 1.0})
    assert (plain.rhetoric, plain.devices) == (None, {Device.SARCASM: 0.0, Device.RHETORICAL_QUESTION: 0.0})
    assert asking.devices == {Device.SARCASM: 0.0}


def test_an_empty_tweet_does_not_shift_the_labels_after_it(tmp_path):
    for part in ("train", "val"):
        put(tmp_path / load_rhetoric._IRONY / f"{part}_text.txt", "first\n \nthird\u2028still third\n")
        put(tmp_path / load_rhetoric._IRONY / f"{part}_labels.txt", "0\n0\n1\n")
    read = list(load_rhetoric.load_tweeteval_irony(tmp_path))
    assert [(e.text, e.split, e.sentences[0].devices[Device.SARCASM]) for e in read] == [
        ("first", "train", 0.0),
        ("third\u2028still third", "train", 1.0),
        ("first", "dev", 0.0),
        ("third\u2028still third", "dev", 1.0),
    ]


def test_replies_of_one_reddit_thread_stay_together_and_carry_what_they_answer(tmp_path):
    rows = [
        {"label": "SARCASM", "response": "Oh sure.", "context": ["Opening &amp; more.", "It works."]},
        {"label": "NOT_SARCASM", "response": "It does.", "context": ["Opening &amp; more."]},
    ]
    put(tmp_path / load_rhetoric._FIGLANG, "".join(json.dumps(row) + "\n" for row in rows))
    sure, does = load_rhetoric.load_figlang(tmp_path)
    assert (sure.parent, sure.sentences[0].devices) == ("Opening & more.\nIt works.", {Device.SARCASM: 1.0})
    assert does.sentences[0].devices == {Device.SARCASM: 0.0}
    assert sure.group == does.group == "Opening & more."


QR = "discussion_id,key,attack,fact-feeling,nicenasty,sarcasm,response_text"


def read_qr(tmp_path, *rows):
    put(tmp_path / load_rhetoric._IAC_QR, table(QR, *rows))
    return list(load_rhetoric.load_iac_qr(tmp_path))


@pytest.mark.parametrize(
    ("means", "rhetoric", "sarcasm", "attack"),
    [
        (["2", "2", "2", "0"], 0.0, 0.0, 0.0),
        (["0", "-1.5", "0", "0.2"], 1.0, None, None),
        (["0", "2", "0", "0.6"], 1.0, 1.0, None),
        (["-3", "0", "0", "0"], None, 0.0, 1.0),
        (["2", "0.5", "-2.5", "0"], 1.0, 0.0, 1.0),
        (["", "1.5", "", "0"], 0.0, 0.0, None),
    ],
)
def test_raters_means_label_clear_cases_only(tmp_path, means, rhetoric, sarcasm, attack):
    (read,) = read_qr(tmp_path, ["7", "k", *means, "As if. emoticon_xgood"])
    assert read.text == "As if."
    assert read.sentences[0].rhetoric == rhetoric
    assert read.sentences[0].devices.get(Device.SARCASM) == sarcasm
    assert read.attributes.get(Attribute.ATTACK_ON_COMMENTER) == attack
    assert read.split == split_of("iac-7", dev_share=0.2)


def test_a_long_response_is_not_taken_for_one_sentence(tmp_path):
    (long,) = read_qr(
        tmp_path,
        ["7", "k", "-3", "2", "0", "0.9", "word " * 61],
        ["7", "k", "0", "2", "0", "0.9", "word " * 61],
    )
    assert (long.sentences, long.attributes) == ((), {Attribute.ATTACK_ON_COMMENTER: 1.0})


def test_a_response_of_which_nothing_is_clear_is_left_out(tmp_path):
    assert read_qr(tmp_path, ["7", "k", "0", "0", "0", "0.2", "Perhaps."]) == []
