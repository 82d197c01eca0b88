"""ConvoKit corpora, as its documentation, its own writer and its older releases have them."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.errors import BadRow, NoComments, NoCorpus, StanceError, ZipArchive
from stance.read import read_threads
from stance.read.write_convokit import write
from stance.records import ARTICLE, Article, Comment, Page

ROOT = {
    "id": "t",
    "conversation_id": "t",
    "speaker": "ida",
    "text": "Two bridges.",
    "reply_to": None,
    "timestamp": 1536937440,
}
UTTERANCES = [
    ROOT,
    {**ROOT, "id": "a", "speaker": "kim", "text": "Größe matters.", "reply_to": "t", "meta": {"score": 3}},
    {**ROOT, "id": "b", "speaker": "jo", "text": "> Größe matters.\n\nNo.", "reply_to": "a"},
    {**ROOT, "id": "c", "speaker": "[deleted]", "text": "[deleted]", "reply_to": "b"},
]
TITLED = {"t": {"meta": {"title": "The old bridge", "num_comments": 5}, "vectors": []}}


@pytest.fixture
def corpus(tmp_path):
    def make(utterances, name="utterances.jsonl", **files):
        folder = tmp_path / "corpus"
        folder.mkdir()
        lines = [row if isinstance(row, str) else json.dumps(row) for row in utterances]
        whole = "\n".join(lines) if name.endswith("l") else f"[{', '.join(lines)}]"
        (folder / name).write_text(whole)
        for file, values in {"corpus": {}, "index": {}, "speakers": {}, "conversations": {}, **files}.items():
            if values is not None:
                (folder / f"{file}.json").write_text(values if isinstance(values, str) else json.dumps(values))
        return folder

    return make


def read(path, **options):
    return list(read_threads(path, **options))


def told(comments):
    return [(one.id, one.parent_id, one.author, one.text) for one in comments]


def test_the_first_utterance_of_a_conversation_with_a_title_is_its_article(corpus):
    (page,) = read(corpus(UTTERANCES, conversations=TITLED))
    assert page.article == Article(title="The old bridge", text="Two bridges.", author="ida")
    assert (page.thread_id, page.stated_total) == ("t", 5)
    assert told(page.comments) == [
        ("a", ARTICLE, "kim", "Größe matters."),
        ("b", "a", "jo", "> Größe matters.\n\nNo."),
        ("c", "b", None, ""),
    ]
    assert page.comments[0].posted_at == datetime(2018, 9, 14, 15, 4, tzinfo=UTC)
    assert [dict(one.extra) for one in page.comments] == [{"score": 3}, {}, {"deleted": True}]


def test_without_a_title_the_first_utterance_is_a_comment_on_an_unknown_article(corpus):
    (page,) = read(corpus(UTTERANCES))
    assert [(one.id, one.parent_id) for one in page.comments] == [("t", ARTICLE), ("a", "t"), ("b", "a"), ("c", "b")]


def test_a_corpus_without_any_reply_says_nothing_of_parents(corpus):
    (page,) = read(corpus([{**row, "reply_to": None} for row in UTTERANCES]))
    assert {one.parent_id for one in page.comments} == {None}


@pytest.mark.parametrize("spelling", ["reply-to", "reply_to"])
def test_both_spellings_of_the_parent_are_read(corpus, spelling):
    rows = [{**row, spelling: row["reply_to"]} for row in UTTERANCES]
    rows = [
        {key: value for key, value in row.items() if key == spelling or not key.startswith("reply")} for row in rows
    ]
    (page,) = read(corpus(rows))
    assert [one.parent_id for one in page.comments] == [ARTICLE, "t", "a", "b"]


def test_older_corpora_have_users_and_roots_in_one_list(corpus):
    names = {"speaker": "user", "conversation_id": "root"}
    rows = [{names.get(key, key): value for key, value in row.items()} for row in UTTERANCES]
    folder = corpus(
        rows,
        "utterances.json",
        speakers=None,
        users={"kim": {"name": "Kim Berg"}},
        conversations={"t": {"title": "Old"}},
    )
    (page,) = read(folder)
    assert page.article.title == "Old"
    assert [one.author for one in page.comments] == ["Kim Berg", "jo", None]


def test_a_file_of_utterances_alone_is_recognised(corpus):
    folder = corpus(UTTERANCES, conversations=TITLED)
    (page,) = read(folder / "utterances.jsonl")
    assert [one.id for one in page.comments] == ["t", "a", "b", "c"]
    (folder / "list.json").write_text(json.dumps(UTTERANCES))
    assert len(read(folder / "list.json")[0].comments) == 4


def test_reddit_text_is_unescaped_where_the_corpus_is_reddits(corpus):
    rows = [{**ROOT, "text": "&gt; a &amp; b", "meta": {"subreddit": "x"}}, {**ROOT, "id": "p", "text": "&gt;"}]
    assert [one.text for one in read(corpus(rows))[0].comments] == ["> a & b", "&gt;"]


@pytest.mark.parametrize(
    ("stamp", "moment", "extra"),
    [
        (1536937440, datetime(2018, 9, 14, 15, 4, tzinfo=UTC), {}),
        ("1536937440.0", datetime(2018, 9, 14, 15, 4, tzinfo=UTC), {}),
        ("2018-09-14 15:04:00", datetime(2018, 9, 14, 15, 4, tzinfo=UTC), {}),
        (1536937440000, datetime(2018, 9, 14, 15, 4, tzinfo=UTC), {}),
        (3, None, {"timestamp": 3}),
        ("act 1", None, {"timestamp": "act 1"}),
        (None, None, {}),
    ],
)
def test_a_timestamp_may_be_a_time_or_a_mere_order(corpus, stamp, moment, extra):
    (page,) = read(corpus([{**ROOT, "timestamp": stamp}]))
    assert (page.comments[0].posted_at, dict(page.comments[0].extra)) == (moment, extra)


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickles_are_told_and_never_loaded(corpus, tmp_path):
    index = {"utterances-index": {"parsed": ["bin"], "score": ["<class 'int'>"]}, "version": 1}
    rows = [{**ROOT, "meta": {"parsed": "<##bin{0}&&@**>", "score": 1}}]
    folder = corpus(rows, index=index)
    (folder / "parsed-bin.p").write_bytes(pickle.dumps([Bomb(tmp_path / "it ran")]))
    (page,) = read(folder)
    assert page.notes == ("binary metadata is not loaded, it could run programs: 'parsed'",)
    assert dict(page.comments[0].extra) == {"score": 1}
    assert not (tmp_path / "it ran").exists()


BROKEN = [
    ("{broken", "not JSON"),
    ("7", "is a number"),
    ({**ROOT, "id": None}, "'id' is missing"),
    ({**ROOT, "id": {}}, "'id' is an object"),
    ({**ROOT, "conversation_id": None}, "'conversation_id' is missing"),
    ({**ROOT, "text": 7}, "'text' is a number"),
    ({**ROOT, "meta": "x"}, "'meta' is a string"),
    ({**ROOT, "speaker": ["x"]}, "'speaker' is a list"),
    ({**ROOT, "reply_to": 1.5}, "'reply_to' is a number"),
    ({**ROOT, "meta": {"stance_kept": 4}}, "'stance_kept' is a number"),
    ({**ROOT, "id": "article"}, "stands for the article"),
]


@pytest.mark.parametrize(("row", "what"), BROKEN)
def test_a_malformed_sibling_is_refused_or_set_aside_and_its_neighbours_stay(corpus, row, what):
    folder = corpus([UTTERANCES[0], row, UTTERANCES[1]])
    with pytest.raises(BadRow, match=what) as caught:
        read(folder)
    assert "utterances.jsonl:2" in str(caught.value)
    rejects = []
    (page,) = read(folder, on_reject=rejects.append)
    assert [one.id for one in page.comments] == ["t", "a"]
    assert len(rejects) == 1


def test_records_in_are_comments_articles_and_rejects_out(corpus):
    rows = [
        *UTTERANCES,
        *(row for row, _ in BROKEN),
        *({**ROOT, "id": f"x{n}", "conversation_id": f"c{n % 7}"} for n in range(50)),
    ]
    rejects = []
    pages = read(corpus(rows, conversations=TITLED), on_reject=rejects.append)
    assert len(rows) == sum(len(page.comments) for page in pages) + 1 + len(rejects)


def test_ids_used_twice_and_missing_parents_are_passed_on(corpus):
    (page,) = read(corpus([*UTTERANCES[:2], UTTERANCES[1], {**ROOT, "id": "z", "reply_to": "nowhere"}]))
    assert [one.id for one in page.comments] == ["t", "a", "a", "z"]
    assert page.comments[-1].parent_id == "nowhere"


@pytest.mark.parametrize("file", ["conversations", "speakers", "index"])
@pytest.mark.parametrize("damage", ["{", "", "[1", "\0\0\0\0", '{"t": ' + "[" * 20_000])
def test_a_damaged_side_file_is_told_and_costs_no_comment(corpus, file, damage):
    folder = corpus(UTTERANCES, **{file: damage})
    rejects = []
    (page,) = read(folder, on_reject=rejects.append)
    assert len(page.comments) == 4
    assert f"{file}.json" in str(rejects[0])
    with pytest.raises(BadRow):
        read(folder)


def test_side_files_may_be_missing(corpus):
    folder = corpus(UTTERANCES, corpus=None, index=None, speakers=None, conversations=None)
    assert len(read(folder)[0].comments) == 4


def test_a_list_that_breaks_off_keeps_what_stands_before(corpus):
    folder = corpus(UTTERANCES, "utterances.json")
    whole = (folder / "utterances.json").read_text()
    (folder / "utterances.json").write_text(whole[: whole.index('"id": "c"')])
    rejects = []
    (page,) = read(folder, on_reject=rejects.append)
    assert [one.id for one in page.comments][:3] == ["t", "a", "b"]
    assert rejects


def test_a_folder_of_something_else_and_a_zip_are_refused(tmp_path, corpus):
    (tmp_path / "other").mkdir()
    with pytest.raises(NoCorpus):
        read(tmp_path / "other")
    with pytest.raises(NoCorpus):
        read(tmp_path / "other", format="convokit")
    folder = corpus(UTTERANCES)
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.write(folder / "utterances.jsonl", "corpus/utterances.jsonl")
    with pytest.raises(ZipArchive, match=r"Unzip it.*folder"):
        read(tmp_path / "corpus.zip")


def test_a_corpus_of_an_article_alone_has_no_comments(corpus):
    with pytest.raises(NoComments):
        read(corpus([ROOT], conversations=TITLED))


def test_deep_replies_and_deep_metadata_are_no_recursion(corpus):
    rows = [ROOT, *({**ROOT, "id": f"r{n}", "reply_to": f"r{n - 1}" if n else "t"} for n in range(20_000))]
    deep = json.dumps({**ROOT, "id": "deep"})[:-1] + ', "meta": {"x": ' + "[" * 50_000 + "]" * 50_000 + "}}"
    rejects = []
    (page,) = read(corpus([*rows, deep]), on_reject=rejects.append)
    assert len(page.comments) + len(rejects) == 20_002
    assert page.comments[20_000].parent_id == "r19998"


def test_a_made_up_thread_comes_back_as_documented(threads, told, tmp_path):
    file = tmp_path / "utterances.jsonl"

    @settings(max_examples=60, deadline=None)
    @given(comments=threads)
    def check(comments):
        rows = [ROOT]
        for one in comments:
            text, speaker = (one.text, one.author) if one.author else ("[removed]", "[deleted]")
            parent = "t" if one.parent_id == ARTICLE else one.parent_id
            stamp = one.posted_at.timestamp()
            rows.append(
                {**ROOT, "id": one.id, "speaker": speaker, "text": text, "reply_to": parent, "timestamp": stamp}
            )
        file.write_text("\n".join(map(json.dumps, rows)))
        (tmp_path / "conversations.json").write_text(json.dumps(TITLED))
        (page,) = read(tmp_path)
        assert told(page.comments) == told(comments)

    check()


def test_a_damaged_corpus_is_an_error_or_read_and_never_a_crash(damage, corpus):
    folder = corpus(UTTERANCES, conversations=TITLED)
    whole = {name: (folder / name).read_bytes() for name in ("utterances.jsonl", "conversations.json")}

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def check(data):
        for name, content in whole.items():
            (folder / name).write_bytes(data.draw(damage(content)))
        for options in ({}, {"on_reject": lambda reject: None}):
            with suppress(StanceError):
                read(folder, format="convokit", **options)

    check()


def make_page(*comments):
    return Page(source="", thread_id="t", article=Article(title="T", text="x"), comments=comments)


def written(tmp_path, *pages):
    write(pages, tmp_path / "out")
    rows = [json.loads(line) for line in (tmp_path / "out" / "utterances.jsonl").read_text().splitlines()]
    return rows, {file: json.loads((tmp_path / "out" / f"{file}.json").read_text()) for file in SIDE_FILES}


SIDE_FILES = ("speakers", "conversations", "corpus", "index")


def test_what_is_written_has_the_documented_fields(tmp_path):
    when = datetime(2018, 9, 14, 15, 4, tzinfo=UTC)
    rows, files = written(
        tmp_path,
        make_page(
            Comment(id="a", text="x", number=1, author="kim", posted_at=when, parent_id=ARTICLE, extra={"n": [1]}),
            Comment(id="b", text="", number=2, parent_id="a", extra={"deleted": True}),
        ),
        Page(source="", article=Article(), comments=(Comment(id="a", text="y", number=1),)),
    )
    for row in rows:
        # The documentation says `reply_to` where ConvoKit's own files say `reply-to`.
        assert set(row) == {"id", "speaker", "conversation_id", "reply-to", "timestamp", "text", "meta", "vectors"}
        assert {type(row[key]) for key in ("id", "speaker", "conversation_id", "text")} == {str}
        assert isinstance(row["timestamp"], int | float)
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["conversation_id"] for row in rows} == files["conversations"].keys()
    assert {row["speaker"] for row in rows} == files["speakers"].keys()
    assert {key for row in rows for key in row["meta"]} == files["index"]["utterances-index"].keys()
    assert files["index"]["utterances-index"]["n"] == ["<class 'list'>"]
    assert {"utterances-index", "speakers-index", "conversations-index", "overall-index", "version", "vectors"} == (
        files["index"].keys()
    )
    assert isinstance(files["index"]["version"], int)
    assert files["corpus"] == {}


def test_each_conversation_is_written_as_one_tree(tmp_path):
    """The rules of `Conversation.check_integrity`, and that no ring is left, which it does not see."""
    parents = {"a": "b", "b": "c", "c": "a", "d": "d", "e": "nowhere", "f": None, "g": "a", "h": "g"}
    comments = [
        Comment(id=one, text="", number=number, parent_id=parent, posted_at=datetime(2020, 1, 10 - number, tzinfo=UTC))
        for number, (one, parent) in enumerate(parents.items(), start=1)
    ]
    rows, _ = written(tmp_path, make_page(*comments))
    parent_of = {row["id"]: row["reply-to"] for row in rows}
    assert [one for one, parent in parent_of.items() if parent is None] == ["t"]
    # The ring is cut where its oldest comment, c, states a parent.
    assert parent_of == {"t": None, "a": "b", "b": "c", "c": "t", "d": "t", "e": "t", "f": "t", "g": "a", "h": "g"}
    assert [row["meta"]["stance_kept"].get("parent_id") for row in rows if row["id"] in "cde"] == ["a", "d", "nowhere"]


def test_a_long_chain_and_a_ring_of_any_length_are_written(tmp_path):
    n = 30_000
    ring = [Comment(id=str(k), text="", number=k + 1, parent_id=str((k + 1) % n)) for k in range(n)]
    rows, _ = written(tmp_path, make_page(*ring))
    assert [row["id"] for row in rows if row["reply-to"] == "t"] == ["0"]


def test_a_name_used_very_often_stays_cheap(tmp_path):
    same = [Comment(id="1", text="", number=k + 1) for k in range(5000)]
    rows, _ = written(tmp_path, make_page(*same))
    assert Counter(row["id"] for row in rows).most_common(1)[0][1] == 1
