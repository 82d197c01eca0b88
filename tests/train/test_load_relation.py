import csv
import io
import json

import pytest

from stance.records import Attribute, Relation
from stance.train import load_relation
from stance.train.errors import SourceMissing
from stance.train.load_relation import is_mostly_question
from stance.train.load_threads import IAC
from stance.train.origins import split_of


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def table(header, *rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Where did you read that?", True),
        ("Hm, wait. Where did you read that?", True),
        ("I walked the whole coast last summer. Did you?", False),
        ("Did you? I walked the whole coast.", False),
        ("", False),
    ],
)
def test_a_reply_is_a_query_only_where_it_says_nothing_else_of_length(text, asks):
    assert is_mostly_question(text) is asks


HEADER = "label,msg_id_parent,msg_id_child,submission_id,body_parent,body_child,author_child,agreement_fraction"


@pytest.fixture
def debagreement(tmp_path):
    rows = [
        ["0", "p", "c1", "s1", "Bikes &gt; cars", "&gt; Bikes\nNo.", "somebody", "0.667"],
        ["1", "p", "c2", "s1", "Bikes &gt; cars", "Which bikes?", "somebody", "1.0"],
        ["1", "p", "c3", "s2", "Bikes &gt; cars", "I have one of each at home.", "somebody", "1.0"],
        ["2", "p", "c4", "s2", "Bikes &gt; cars", "Yes.", "somebody", "1.0"],
    ]
    put(tmp_path / load_relation._DEBAGREEMENT / "dev.csv", table(HEADER, *rows))
    return tmp_path


def test_debagreement_weighs_by_agreement_and_splits_by_submission(debagreement):
    rebut, query, comment, support = load_relation.load_debagreement(debagreement)
    assert [list(e.relation) for e in (rebut, query, comment, support)] == [
        [Relation.REBUT],
        [Relation.QUERY],
        [Relation.COMMENT],
        [Relation.SUPPORT],
    ]
    assert (rebut.relation_weight, rebut.parent, rebut.group) == (0.667, "Bikes > cars", "s1")
    assert [rebut.text[start:end] for start, end in rebut.quotes] == ["> Bikes"]
    assert rebut.split == query.split == split_of("s1", dev_share=0.15)


def test_debagreement_takes_the_full_training_file_where_there_is_one(debagreement):
    row = ["2", "p", "c9", "s9", "A parent.", "A child.", "somebody", "1.0"]
    put(debagreement / load_relation._DEBAGREEMENT / "train.csv", table(HEADER, row))
    assert [e.text for e in load_relation.load_debagreement(debagreement)][-1] == "A child."


def test_wikitactics_pairs_with_the_last_utterance_of_somebody_else(tmp_path):
    said = [
        ("Move the page.", "Ada", [], ["Coordinating edits"]),
        ("It is misnamed.", "Ada", [], ["Providing clarification"]),
        ("It is not, see the atlas.", "Bo", ["DH6: Refutation"], []),
        ("You never read.", "Ada", ["DH1: Ad hominem/ad argument", "DH5: Counterargument"], []),
        ("Which atlas?", "Cy", [], ["Asking questions"]),
        ("I think so.", "Bo", ["DH4: Stating your stance"], []),
        ("As I said, it is not.", "Cy", ["DH4: Repeated argument"], []),
        ("Right, I was wrong.", "Bo", [], ["Conceding / recanting"]),
    ]
    utterances = [
        {"text": text, "username": author, "rebuttal_labels": rebuttals, "coordination_labels": coordinations}
        for text, author, rebuttals, coordinations in said
    ]
    talks = [{"conv_id": split, "split": split, "utterances": utterances} for split in ("train", "test")]
    put(tmp_path / load_relation._WIKITACTICS, json.dumps(talks))
    read = list(load_relation.load_wikitactics(tmp_path))
    assert len(read) == len(said)
    assert [e.parent for e in read[:5]] == ["", "", "It is misnamed.", "It is not, see the atlas.", "You never read."]
    relations = [next(iter(e.relation)) if e.relation else None for e in read]
    assert relations[2:] == [
        Relation.REBUT,
        Relation.REBUT,
        Relation.QUERY,
        None,
        Relation.REBUT,
        Relation.COMMENT,
    ]
    assert relations[:2] == [None, None]
    assert [e.attributes[Attribute.ATTACK_ON_COMMENTER] for e in read] == [0.0] * 3 + [1.0] + [0.0] * 4


THREAD = """<?xml version="1.0"?>
<thread ID="t1"><title><claim>CMV: tea is best</claim></title>
<OP author="x">I say <claim id="0" rel="support" ref="title">tea wakes you</claim>.</OP>
<reply id="r1" author="y"><claim id="1" rel="rebuttal_attack" ref="0">It does not.</claim>
<premise id="2" rel="support" ref="1">I sleep well.</premise></reply>
<reply id="r2" author="z"><claim id="3" rel="agreement" ref="0_9">True, it does.</claim></reply>
<reply id="r3" author="z"><claim id="4" rel="support" ref="5">Own</claim> <claim id="5">words.</claim></reply>
<reply id="r4" author="x"><claim id="6" rel="agreement" ref="0">Yes, but</claim>
<claim id="7" rel="undercutter" ref="2">sleep is not waking.</claim></reply></thread>"""


def test_modes_rebut_where_any_link_attacks_and_answer_the_turn_attacked(tmp_path):
    put(tmp_path / load_relation._MODES / "negative" / "1.xml", THREAD)
    put(tmp_path / load_relation._MODES / "positive" / "2.xml", "<thread ID='broken'><OP>")
    first, second, third = load_relation.load_cmv_modes(tmp_path)
    assert (first.text, first.parent) == ("It does not.\nI sleep well.", "I say tea wakes you.")
    assert [next(iter(e.relation)) for e in (first, second, third)] == [
        Relation.REBUT,
        Relation.SUPPORT,
        Relation.REBUT,
    ]
    assert third.parent == first.text
    assert {e.group for e in (first, second, third)} == {"t1"}


def test_modes_without_any_file_are_missing(tmp_path):
    with pytest.raises(SourceMissing, match="cmv-modes"):
        list(load_relation.load_cmv_modes(tmp_path))


def post(number, author, text, parent, at):
    return [number, None, author, text, {}, parent, None, at]


def test_weak_pairs_need_a_quotation_two_sides_and_the_training_split(tmp_path):
    training = next(str(n) for n in range(99) if split_of(f"iac-{n}", dev_share=0.2) == "train")
    held_out = next(str(n) for n in range(99) if split_of(f"iac-{n}", dev_share=0.2) == "dev")
    posts = [
        post(1, "Ada", "Dogs need gardens to run in.", None, 10.0),
        post(2, "Bo", "gardens? Nonsense.", 1, 20.0),
        post(3, "Cy", "Dogs So true.", 1, 30.0),
        post(4, "Bo", "No quotation here.", 1, 40.0),
        post(5, "Di", "Dogs? Her side is not known.", 1, 50.0),
    ]
    quotes = [[2, [0, 8, {"quote_id": 1}]], [3, [0, 4, {"quote_id": 1}]], [5, [0, 4, {"quote_id": 1}]]]
    stances = []
    for discussion in (training, held_out):
        put(tmp_path / IAC / "discussions" / f"{discussion}.json", json.dumps([posts, {}, {"title": "Dogs"}]))
        put(tmp_path / IAC / "ranges" / "quotes" / f"{discussion}.json", json.dumps(quotes))
        stances += [["dogs", discussion, "Ada", 5, 1, 0], ["dogs", discussion, "Bo", 1, 4, 0]]
        stances += [["dogs", discussion, "Cy", 3, 0, 0], ["dogs", discussion, "Di", 2, 2, 0]]
    put(
        tmp_path / IAC / "annotations" / "author_stance.csv",
        table("topic,discussion_id,author,pro,anti,other", *stances),
    )
    against, alike = load_relation.load_iac_weak(tmp_path)
    assert (against.text, against.group, against.split) == ("Nonsense.", training, "train")
    assert max(against.relation, key=against.relation.get) is Relation.REBUT
    assert max(alike.relation, key=alike.relation.get) is Relation.SUPPORT
    assert sum(against.relation.values()) == pytest.approx(1) == sum(alike.relation.values())
    assert against.relation_weight < 0.5
