import json
from datetime import UTC, datetime

import pytest

from stance.train.errors import SourceMissing
from stance.train.load_threads import IAC, iac_links, load_iac, tidy_post
from stance.train.origins import split_of

OPENING = "The harbour wall is too low. emoticon_confused\n \n \n Build it higher this year."
ANSWER = "The harbour wall is too low.\nWho would pay?"
UNMARKED = "Build it higher this year.\nWith what money?"
PLAIN = "I like boats."
SELF = "Nested words here. Mine."


def write(folder, number, posts, quotes, *, topic=' "sea walls"'):
    base = folder / IAC
    for name in ("discussions", "ranges/quotes", "annotations"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / "discussions" / f"{number}.json").write_text(
        json.dumps([posts, {}, {"title": "4Forums.com Debates -  Walls"}])
    )
    if quotes:
        (base / "ranges/quotes" / f"{number}.json").write_text(json.dumps(quotes))
    with (base / "annotations" / "topic.csv").open("a") as out:
        out.write('"discussion_id","topic"\n' if out.tell() == 0 else "")
        out.write(f'{number}, "{topic.replace(chr(34), chr(34) * 2)}"\n')


@pytest.fixture
def forum(tmp_path):
    rows = [
        [12, None, "Bo", ANSWER, {}, 11, None, 200.0],
        [11, None, "Ada Harbourmaster", OPENING, {}, None, None, 100.0],
        [13, None, "Cy", UNMARKED, {}, 12, None, 300.0],
        [14, None, "Ada Harbourmaster", PLAIN, {}, 13, None, 400.0],
        [15, None, "Bo", SELF, {}, 999, None, 500.0],
    ]
    quotes = [
        [12, [0, 28, {"raw_data": "Ada Harbourmaster;11", "quote_id": 11, "author": "Ada Harbourmaster"}]],
        [15, [0, 18, {"quote_id": None}], [7, 12, {"quote_id": 14}]],
    ]
    write(tmp_path, 7, rows, quotes)
    return tmp_path


def test_posts_stand_oldest_first_and_their_authors_are_numbers(forum):
    (thread,) = load_iac(forum)
    assert [post.id for post in thread.posts] == ["11", "12", "13", "14", "15"]
    assert [post.author for post in thread.posts] == ["a1", "a2", "a3", "a1", "a2"]
    assert (thread.id, thread.topic, thread.title) == ("7", "sea walls", "Walls")
    assert thread.posts[0].posted_at == datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC)
    assert "Harbourmaster" not in repr(thread)


def test_a_marked_quotation_is_cut_or_shown_as_quoted_lines(forum):
    answer = next(load_iac(forum)).posts[1]
    assert answer.text_without_quotes == "Who would pay?"
    assert answer.text_with_quotes == "> The harbour wall is too low.\n\nWho would pay?"
    assert (answer.quoting, answer.quoted_ids, answer.parent_id) == (True, ("11",), "11")


def test_a_paragraph_copied_from_an_earlier_post_counts_as_quoted_without_a_mark(forum):
    copied = next(load_iac(forum)).posts[2]
    assert copied.text_without_quotes == "With what money?"
    assert copied.text_with_quotes == "> Build it higher this year.\nWith what money?"
    # The recorded parent stays what the forum recorded, though the words are the opening post's.
    assert (copied.quoting, copied.quoted_ids, copied.parent_id) == (True, ("11",), "12")


def test_a_post_that_quotes_nobody_is_no_gold(forum):
    plain = next(load_iac(forum)).posts[3]
    assert (plain.quoting, plain.quoted_ids, plain.text_with_quotes) == (False, (), PLAIN)


def test_nested_marks_are_cut_once_and_a_parent_outside_the_thread_is_none(forum):
    last = next(load_iac(forum)).posts[4]
    assert (last.text_without_quotes, last.parent_id, last.quoting) == ("Mine.", None, False)


def test_links_are_quoting_posts_with_what_they_answer_both_cut(forum):
    links = list(iac_links(forum))
    assert [(link.text, link.answered) for link in links] == [
        ("Who would pay?", "The harbour wall is too low.\n\nBuild it higher this year."),
        ("With what money?", "Who would pay?"),
    ]
    assert {link.split for link in links} == {split_of("iac-7", dev_share=0.2)}


def test_long_texts_are_capped_in_links(tmp_path):
    rows = [
        [1, None, "Ada", "a" * 2000, {}, None, None, 1.0],
        [2, None, "Bo", "quoted" + "b" * 2000, {}, 1, None, 2.0],
    ]
    write(tmp_path, 3, rows, [[2, [0, 6, {"quote_id": 1}]]])
    (link,) = iac_links(tmp_path)
    assert (len(link.text), len(link.answered)) == (800, 800)


def test_a_discussion_without_any_quotation_has_no_range_file(tmp_path):
    write(tmp_path, 4, [[1, None, "Ada", "Hello there.", {}, None, None, 1.0]], None)
    (thread,) = load_iac(tmp_path)
    assert thread.posts[0].text_without_quotes == "Hello there."


def test_forum_markers_and_runs_of_empty_lines_go():
    assert tidy_post("Well emoticon_xgood\n \n \n\n then &amp; now") == "Well\n\nthen & now"


def test_a_folder_without_discussions_is_missing(tmp_path):
    (tmp_path / IAC / "annotations").mkdir(parents=True)
    (tmp_path / IAC / "annotations" / "topic.csv").write_text('"discussion_id","topic"\n')
    with pytest.raises(SourceMissing, match="discussions"):
        list(load_iac(tmp_path))
