import pytest

from stance.train.errors import SourceMissing
from stance.train.examples import Example
from stance.train.origins import (
    clean,
    dedupe,
    find_file,
    find_mentions,
    find_quoted_lines,
    fraction_of,
    join_context,
    join_sentences,
    read_table,
    split_of,
    take,
)


def example(text, split="train"):
    return Example(source="made-up", split=split, group=text, text=text)


def words(text, names):
    return [text[start:end] for start, end in find_mentions(text, names)]


def test_html_escapes_foreign_line_ends_and_nulls_go_but_inner_space_stays():
    assert clean(" tea &amp;  cake\r\nwith\x00 milk\ufeff ") == "tea &  cake\nwith milk"


def test_a_name_is_found_in_any_case_in_a_hashtag_and_in_the_plural_but_not_inside_a_word():
    text = "Ferry! #ferry2020 ferries? the FERRYS ferryman unferry"
    assert words(text, ["ferry"]) == ["Ferry", "ferry", "FERRYS"]


def test_the_longest_of_a_targets_names_is_taken():
    assert words("Ada Byron and byron", ["Byron", "Ada Byron"]) == ["Ada Byron", "byron"]


def test_a_name_with_signs_of_its_own_is_no_pattern():
    assert words("A+ beats AAA", ["A+"]) == ["A+"]


def test_no_name_is_found_where_there_is_none():
    assert find_mentions("anything", ["", " "]) == ()


def test_lines_that_begin_with_an_angle_are_one_quotation_a_run():
    text = "> one\n> two\nmine 3 > 2\n > three"
    assert [text[start:end] for start, end in find_quoted_lines(text)] == ["> one\n> two", " > three"]


def test_sentences_keep_their_places_when_joined():
    text, spans = join_sentences(["Rain fell.", "So what?"])
    assert text == "Rain fell. So what?"
    assert [text[start:end] for start, end in spans] == ["Rain fell.", "So what?"]


def test_context_takes_the_turn_before_only_where_the_last_is_short():
    assert join_context(["oldest", "older", "last"]) == "older\nlast"
    assert join_context(["older", "x" * 300]) == "x" * 300
    assert join_context([]) == ""


def test_of_a_long_context_the_end_is_kept():
    assert join_context(["a" * 900 + "b" * 900]) == "a" * 100 + "b" * 900


def test_a_split_depends_on_the_group_alone_and_has_about_the_asked_share():
    sides = [split_of(f"thread {number}") for number in range(2000)]
    assert sides == [split_of(f"thread {number}") for number in range(2000)]
    # 200 expected; the standard deviation is 13.4, so five of them on either side.
    assert 133 < sides.count("dev") < 267


def test_a_larger_development_share_keeps_what_a_smaller_one_held_out():
    small = {key for key in map(str, range(500)) if split_of(key, dev_share=0.1) == "dev"}
    large = {key for key in map(str, range(500)) if split_of(key, dev_share=0.3) == "dev"}
    assert small < large


def test_taking_fewer_keeps_development_and_chooses_by_hash_not_by_order():
    rows = [example(f"row {number}") for number in range(50)] + [example("held out", "dev")]
    kept = take(rows, at_most=10)
    assert sum(row.split == "train" for row in kept) == 10
    assert rows[-1] in kept
    assert {row.text for row in kept} == {row.text for row in take(reversed(rows), at_most=10)}
    assert max(fraction_of(row.text) for row in kept[:-1]) < 0.5


def test_a_training_copy_of_a_development_text_goes_whatever_its_case_and_marks():
    train = [example("Well -- said!"), example("Another thing."), example("?!")]
    dev = [example("well said", "dev"), example("!!", "dev")]
    assert [row.text for row in dedupe(train, dev)] == ["Another thing.", "?!"]


def test_a_table_without_quoting_keeps_its_quotation_marks_and_fills_short_rows(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text('\ufeffid\ttext\tnote\n1\t"so called\n', encoding="utf-8")
    assert list(read_table(path, delimiter="\t", quoted=False)) == [{"id": "1", "text": '"so called', "note": ""}]


def test_a_file_that_is_not_there_is_named_with_its_source(tmp_path):
    with pytest.raises(SourceMissing, match=r"gone\.csv.*'made-up'.*scripts/get_data"):
        find_file(tmp_path, "gone.csv", source="made-up")
