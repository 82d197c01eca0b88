import csv
import io
import json
import zipfile

import pytest

from stance.records import Stance
from stance.train import load_stance

FAVOR, AGAINST, NEUTRAL = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL


def put(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def table(header, *rows, delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header.split(","), *rows])
    return out.getvalue()


def json_lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def stances(example):
    return {
        target.name: next((stance for stance, share in target.probabilities.items() if share == 1.0), None)
        for target in example.targets
    }


def mentions(example):
    return {target.name: [example.text[start:end] for start, end in target.spans] for target in example.targets}


def newsmtsc_row(sentence, *targets):
    rows = [
        {"Input.gid": "g", "from": sentence.index(name), "to": sentence.index(name) + len(name), "mention": name}
        | {"polarity": polarity}
        for name, polarity in targets
    ]
    return {"primary_gid": "site_7_3_12_Nobody_0_3", "sentence_normalized": sentence, "targets": rows}


@pytest.fixture
def newsmtsc(tmp_path):
    folder = tmp_path / load_stance._NEWSMTSC
    put(
        folder / "newsmtsc-mt/train.jsonl",
        json_lines(newsmtsc_row("Mayor Orla praised Finn &amp; scolded Gus.", ("Mayor Orla", 4.0), ("Gus", 2.0))),
    )
    put(folder / "newsmtsc-rw/dev.jsonl", json_lines(newsmtsc_row("Una shone.", ("Una", 6.0))))
    put(folder / "newsmtsc-mt/dev.jsonl", json_lines(newsmtsc_row("Una and Gus met.", ("Una", 4.0), ("Gus", 4.0))))
    return tmp_path


def test_newsmtsc_gives_one_example_a_sentence_with_spans_as_published(newsmtsc):
    train, dev = load_stance.load_newsmtsc(newsmtsc)
    assert stances(train) == {"Mayor Orla": NEUTRAL, "Gus": AGAINST}
    assert mentions(train) == {"Mayor Orla": ["Mayor Orla"], "Gus": ["Gus"]}
    assert (train.split, dev.split, stances(dev)) == ("train", "dev", {"Una": FAVOR})


def test_newsmtsc_sentences_with_several_targets_are_development_of_their_own(newsmtsc):
    (only,) = load_stance.load_newsmtsc_mt(newsmtsc)
    assert (only.source, only.split, len(only.targets)) == ("newsmtsc-mt", "dev", 2)


VAST_HEADER = "author,post,ori_topic,new_topic,label,type_idx,new_id,arc_id,topic_str"


@pytest.fixture
def vast(tmp_path):
    rows = [["Ann", "Buses are late. No bus runs on time.", "buses", "buses", "0", "1", "1", "9", "bus"]]
    rows += [["Ann", "Buses are late. No bus runs on time.", "buses", "timetables", "1", "3", "2", "9", "timetable"]]
    rows += [["Bea", "Timetables help.", "timetables", "timetables", "1", "1", "3", "8", "timetable"]]
    # A synthetic row carries the post's own topic as new_topic; what it was paired with is in topic_str.
    rows += [["Cat", f"Swings for park {n}.", "parks", "parks", "2", "4", f"s{n}", "7", "bus"] for n in range(60)]
    archive = tmp_path / load_stance._VAST_TRAIN
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("vast_train.csv", table(VAST_HEADER, *rows))
    dev = [
        ["Trams are fine.", "tram", "FAVOR", "1", "invalid", "trams", "drop me"],
        ["Trams are fine.", "harbour", "NONE", "1", "invalid", "trams", "drop me"],
        ["The harbours smell.", "harbour", "AGAINST", "1", "invalid", "harbours", "drop me"],
        ["The harbours smell.", "smell sea", "NONE", "1", "invalid", "smell of the sea", "drop me"],
    ]
    put(tmp_path / load_stance._VAST_DEV, table("Tweet,Target 1,Stance 1,seen?,GT Target,new_topic,Wiki", *dev))
    return tmp_path


def test_vast_joins_a_posts_topics_and_finds_them_in_the_text(vast):
    first = next(load_stance.load_vast(vast))
    assert stances(first) == {"buses": AGAINST, "timetables": FAVOR}
    assert mentions(first) == {"buses": ["Buses"], "timetables": []}
    assert all(target.weight == 1.0 for target in first.targets)


def test_vast_pairs_a_synthetic_row_with_its_drawn_topic_not_with_the_posts_own(vast):
    synthetic = [e for e in load_stance.load_vast(vast) if e.text.startswith("Swings")]
    assert {target.name for e in synthetic for target in e.targets} == {"buses"}
    assert all(stances(e) == {"buses": NEUTRAL} for e in synthetic)


def test_vast_development_rows_of_one_post_keep_their_own_topics(vast):
    dev = {e.text: stances(e) for e in load_stance.load_vast(vast) if e.split == "dev"}
    assert dev["Trams are fine."] == {"trams": FAVOR, "harbours": NEUTRAL}
    assert dev["The harbours smell."] == {"harbours": AGAINST, "smell of the sea": NEUTRAL}


def test_pstance_has_no_neutral_to_learn(tmp_path):
    for part in ("train", "val"):
        for person in ("trump", "biden", "bernie"):
            rows = [["Go #Bernie2020 &amp; win", "Bernie Sanders", "FAVOR"]] if person == "bernie" else []
            put(tmp_path / f"{load_stance._PSTANCE}/raw_{part}_{person}.csv", table("Tweet,Target,Stance", *rows))
    train, dev = load_stance.load_pstance(tmp_path)
    assert train.targets[0].probabilities == {FAVOR: 1.0, AGAINST: 0.0}
    assert mentions(train) == {"Bernie Sanders": ["Bernie"]}
    assert (train.text, train.split, dev.split) == ("Go #Bernie2020 & win", "train", "dev")


@pytest.fixture
def mt_csd(tmp_path):
    for target in ("Biden", "Bitcoin", "SpaceX", "Tesla", "Trump"):
        folder = tmp_path / load_stance._MT_CSD / target
        put(
            folder / "text.csv",
            table("id,text", ["1", "New car"], ["1-1", "Nice"], ["1-1-1", "> Nice\nMy Tesla rusts"]),
        )
        path = ["1", "1-1", "1-1-1"]
        put(folder / "train.json", json.dumps([{"index": path, "stance": "against"}] if target == "Tesla" else []))
        put(folder / "valid.json", json.dumps([{"index": ["1"], "stance": "none"}] if target == "Tesla" else []))
    return tmp_path


def test_mt_csd_labels_the_last_node_and_takes_those_before_it_as_parent(mt_csd):
    train, dev = load_stance.load_mt_csd(mt_csd)
    assert (train.text, train.parent, stances(train)) == ("> Nice\nMy Tesla rusts", "New car\nNice", {"Tesla": AGAINST})
    assert [train.text[start:end] for start, end in train.quotes] == ["> Nice"]
    assert (dev.text, dev.parent, dev.split, stances(dev)) == ("New car", "", "dev", {"Tesla": NEUTRAL})


def test_spinos_leaves_out_the_undecided_and_joins_parents_oldest_first(tmp_path):
    post = {"title": "", "topic": "guns", "top_level_post_id": "t"}
    rows = [
        post | {"id": "a", "content": "Guns need locks.", "annotation": "s_against", "parent_ids": ["late", "early"]},
        post | {"id": "b", "content": "Hm.", "annotation": "undecided", "parent_ids": None},
        post | {"id": "c", "content": "Where?", "annotation": "stance_not_inferrable", "parent_ids": None},
    ]
    context = [
        {"id": "late", "title": "", "content": "Second.", "timestamp": "2020-01-02"},
        {"id": "early", "title": "Opening", "content": "First.", "timestamp": "2020-01-01"},
        {"id": "t", "title": "Opening", "content": "Opening post.", "timestamp": "2020-01-01"},
    ]
    put(tmp_path / load_stance._SPINOS / "SPINOS_official_dataset.jsonl", json_lines(*rows))
    put(tmp_path / load_stance._SPINOS / "SPINOS_context_for_annotators.jsonl", json_lines(*context))
    first, second = load_stance.load_spinos(tmp_path)
    assert (stances(first), first.parent) == ({"guns": AGAINST}, "Opening\nFirst.\nSecond.")
    assert (stances(second), second.parent) == ({"guns": NEUTRAL}, "Opening post.")
    assert first.split == second.split


def test_multi_target_reads_old_line_ends_and_leaves_the_test_rows(tmp_path):
    header = "Tweet,Target 1,Stance 1,Target 2,Stance 2,Test/Train/Dev"
    lines = [header, "Caf\xe9 for #TedCruz not Trump,Donald Trump,AGAINST,Ted Cruz,FAVOR,Train"]
    lines += ["Hm,Donald Trump,NONE,Hilary Clinton,NONE,Dev", "No,Donald Trump,NONE,Ted Cruz,NONE,Test"]
    put(tmp_path / load_stance._MULTI_TARGET, "\r".join(lines), encoding="latin-1")
    train, dev = load_stance.load_multi_target(tmp_path)
    assert train.text == "Caf\xe9 for #TedCruz not Trump"
    assert stances(train) == {"Donald Trump": AGAINST, "Ted Cruz": FAVOR}
    assert mentions(train) == {"Donald Trump": ["Trump"], "Ted Cruz": ["TedCruz"]}
    assert stances(dev) == {"Donald Trump": NEUTRAL, "Hillary Clinton": NEUTRAL}
