import io
import sys
from dataclasses import replace

import pytest

from stance.errors import (
    BinaryInput,
    EmptyInput,
    NoComments,
    NoCorpus,
    NoSuchThread,
    ReadError,
    UnknownFormat,
    Unreadable,
    UnusedColumns,
)
from stance.read import read_page, read_text

PAGE = "2 comments\n\n1. “Größe” matters.\n\n2. No.\n"
ROW = '{"id": "a", "text": "Stone."}\n'


@pytest.fixture
def write(tmp_path):
    def save(data):
        path = tmp_path / "input"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return save


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_in_any_of_its_encodings(write, encoding):
    page = read_page(write(PAGE.encode(encoding)))
    assert page.comments[0].text == "“Größe” matters."
    assert page.notes == ()


def test_windows_text_is_read_with_a_note(write):
    page = read_page(write(PAGE.encode("cp1252")))
    assert page.comments[0].text == "“Größe” matters."
    assert page.notes == ("the file is not UTF-8; read as Windows-1252",)


def test_damaged_utf_8_keeps_its_accents(write):
    page = read_page(write(PAGE.encode() + b"\xe2\x80"))
    assert page.comments[0].text == "“Größe” matters."
    assert page.notes == ("1 characters could not be read as UTF-8",)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "office"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"a\0b\0c\0d\0", "null bytes"),
        (bytes(range(1, 32)) * 20, "control bytes"),
    ],
)
def test_binary_files_are_refused(write, data, found):
    with pytest.raises(BinaryInput, match=found):
        read_page(write(data))


def test_a_stray_null_byte_is_replaced(write):
    page = read_page(write("1 comment\n\n1. Stone\0 lasts, and it has lasted for a very long time here.\n"))
    assert page.comments[0].text.startswith("Stone\ufffd lasts")
    assert page.notes == ("1 control characters replaced by U+FFFD",)


def test_direction_overrides_go_and_joiners_stay(write):
    page = read_page(write("1 comment\n\n1. a\u202eb\u2066c\u200bd \u0646\u200c\u0645 \u200fe\n"))
    assert page.comments[0].text == "abcd \u0646\u200c\u0645 \u200fe"
    assert page.notes == ("2 text-direction controls removed", "1 invisible characters removed")


@pytest.mark.parametrize("data", ["", " \n\t\n", "\ufeff", "\0"])
def test_an_empty_file_is_refused(write, data):
    with pytest.raises(EmptyInput):
        read_page(write(data))


def test_the_format_is_recognised_and_can_be_named(write):
    assert read_page(write("\n " + ROW)).comments[0].id == "a"
    assert read_page(write(PAGE)).comments[0].id == "1"
    assert read_page(write("{not json}\n\n1. Yes."), format="page").comments[0].text == "Yes."


@pytest.mark.parametrize("data", ["<feed><p>1. Yes", '[{"id": 1}]', '{"posts": [1]}'])
def test_other_formats_are_refused_and_naming_one_reads_on(write, data):
    with pytest.raises(UnknownFormat, match="Name it with --from"):
        read_page(write(data))
    with pytest.raises(ReadError):
        read_page(write(data), format="jsonl")


def test_a_wrong_guess_tells_what_was_tried(write):
    with pytest.raises(NoComments, match=r"taken for page after trying wordpress-wxr, .*jsonl; --from names another"):
        read_page(write("Words, and no comments."))
    with pytest.raises(NoComments, match=r"saved with them\.$"):
        read_page(write("Words, and no comments."), format="page")


def test_an_unknown_format_name_is_the_callers_mistake(write):
    with pytest.raises(ValueError, match="got 'xls'"):
        read_page(write(PAGE), format="xls")


def test_a_thread_that_is_not_there_is_told(write):
    with pytest.raises(NoSuchThread, match="holds no thread 'b'"):
        read_page(write(ROW), thread_id="b")


def test_columns_are_refused_where_a_format_has_none(write):
    with pytest.raises(UnusedColumns, match=r"read as jsonl.*add --from csv"):
        read_page(write(ROW), columns={"text": "body"})


def test_a_reader_that_finds_nothing_has_found_no_comments(write):
    with pytest.raises(NoComments):
        read_page(write('{"id": broken'), on_reject=lambda error: None)


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROW.encode())))
    page = read_page("-")
    assert (page.source, page.comments[0].text) == ("<stdin>", "Stone.")


@pytest.mark.parametrize("name", ["nowhere.txt", "null\0byte", "x" * 5000])
def test_a_path_that_leads_nowhere_is_one_line(tmp_path, name):
    with pytest.raises(Unreadable, match="Check the path"):
        read_page(tmp_path / name)


def test_a_folder_that_is_no_corpus_says_what_is_missing(tmp_path):
    with pytest.raises(NoCorpus, match=r"without utterances\.jsonl"):
        read_page(tmp_path)
    with pytest.raises(Unreadable, match="a folder, and this format is a file"):
        read_page(tmp_path, format="page")


def test_text_in_memory_is_read_as_a_file_is(write):
    rows = '{"article": {"title": "Bridges"}}\n{"id": "a", "text": "Größe"}\n{"id": "b", "text": "No."}\n'
    (page,) = read_text(rows, name="given")
    assert page == replace(read_page(write(rows.encode())), source="given")


def test_text_in_memory_is_decoded_already_whatever_it_states():
    page = """<?xml version="1.0" encoding="ISO-8859-1"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<thread dsq:id="1"><link>https://x.example/1</link><title>Größe</title></thread>
<post dsq:id="2"><message>Größer \ud800als das.</message><createdAt>2020-01-01T00:00:00Z</createdAt>
<isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>Bo</name></author><thread dsq:id="1"/></post>
</disqus>"""
    (found,) = read_text(page, name="given")
    assert (found.article.title, found.comments[0].text) == ("Größe", "Größer \N{REPLACEMENT CHARACTER}als das.")


def test_an_unknown_format_name_for_text_is_the_callers_mistake():
    with pytest.raises(ValueError, match="format must be one of"):
        next(read_text("{}", name="given", format="pdf"))
