import gzip
import io
import os
import random
import sys
import threading
import tracemalloc

import pytest
import zstandard

from stance.errors import BinaryInput, EmptyInput, Unreadable
from stance.read import read_threads
from stance.read.source import HEAD_BYTES, open_source

ROW = '{"id": "a", "text": "Größe"}\n'


def in_frames(*parts, window_log=None):
    """Zstandard as the archives of Reddit are made: several frames one after the other."""
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=window_log or 0, write_checksum=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters)
    return b"".join(compressor.compress(part) for part in parts)


COMPRESSED = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "two gzip members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
    "zst": in_frames,
    "zst in two frames": lambda data: in_frames(data[:7], data[7:]),
    "zst with a frame to skip": lambda data: b"\x50\x2a\x4d\x18\x03\0\0\0abc" + in_frames(data),
    "zst with a window of 2 GiB": lambda data: in_frames(data, window_log=31),
}


@pytest.fixture
def save(tmp_path):
    def write(data):
        path = tmp_path / "input"
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("way", COMPRESSED)
def test_compression_is_undone_from_the_beginning_each_time(save, way):
    source = open_source(save(COMPRESSED[way](ROW.encode() * 3)))
    assert source.beginning == (ROW * 3).lstrip()
    assert source.text() == ROW * 3
    assert list(source.lines()) == [ROW.rstrip()] * 3


@pytest.mark.parametrize("way", ["gzip", "two gzip members", "zst", "zst in two frames"])
def test_a_compressed_file_that_is_cut_off_or_damaged_is_refused(save, way):
    noise = random.Random(0).randbytes(3 * HEAD_BYTES).hex().encode()
    whole = COMPRESSED[way](noise)
    for data in (whole[:-9], whole[: len(whole) // 2], whole[:4000] + bytes(600) + whole[4600:]):
        with pytest.raises(Unreadable, match=r"compression\)\. Download or pack it again"):
            for _ in open_source(save(data)).lines():
                pass


def test_rubbish_after_the_signature_of_a_compression_is_refused(save):
    for signature in (b"\x1f\x8b", b"\x28\xb5\x2f\xfd"):
        with pytest.raises(Unreadable, match="compression"):
            open_source(save(signature + b"rubbish" * 9))


@pytest.mark.parametrize("way", ["gzip", "zst", "two gzip members", "zst in two frames"])
def test_what_is_empty_when_decompressed_is_empty(save, way):
    with pytest.raises(EmptyInput):
        open_source(save(COMPRESSED[way](b"")))


def test_a_picture_is_none_the_less_one_when_compressed(save):
    with pytest.raises(BinaryInput, match="PNG"):
        open_source(save(gzip.compress(b"\x89PNG\r\n\x1a\n")))


def test_a_bomb_is_undone_piece_by_piece(save):
    # 256 MiB of one letter in a few kilobytes: were they undone at once, memory would say so.
    compressor = zstandard.ZstdCompressor().compressobj()
    data = compressor.compress(b"x") + b"".join(compressor.compress(b"x" * (1 << 24)) for _ in range(16))
    path = save(data + compressor.flush())
    tracemalloc.start()
    try:
        with open_source(path).open() as stream:
            n_bytes = sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b""))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_bytes == 1 + (16 << 24)
    assert peak < 80e6


def test_standard_input_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(ROW.encode()))))
    source = open_source("-")
    assert (source.name, source.path) == ("<stdin>", None)
    assert source.text() == source.text() == ROW


def test_a_pipe_can_be_read_twice(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[ROW.encode()])
    writer.start()
    source = open_source(pipe)
    writer.join()
    assert source.text() == source.text() == ROW


def test_a_folder_has_no_beginning(tmp_path):
    source = open_source(tmp_path)
    assert (source.head, source.beginning) == (b"", "")


def test_lines_end_at_line_feeds_alone(save):
    assert list(open_source(save("a\u2028b\x85\r\nc\n\nd".encode())).lines()) == ["a\u2028b\x85", "c", "", "d"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_lines_are_decoded_from_any_encoding_of_unicode(save, encoding):
    source = open_source(save(("Größe\n" * 3).encode(encoding)))
    assert list(source.lines()) == ["Größe"] * 3
    assert source.notes == []


def test_a_character_cut_in_two_by_the_end_of_the_sample_is_no_damage(save):
    source = open_source(save(b"x" * (HEAD_BYTES - 1) + "ü\n".encode()))
    assert next(source.lines()).endswith("xü")
    assert source.notes == []


def test_windows_lines_come_with_a_note(save):
    source = open_source(save("“Größe”\n".encode("cp1252")))
    assert list(source.lines()) == ["“Größe”"]
    assert source.notes == ["the file is not UTF-8; read as Windows-1252"]


def test_damage_behind_the_sample_is_counted(save):
    source = open_source(save(b"plain\n" * HEAD_BYTES + b"\xe2\x80 and \xff\n"))
    assert list(source.lines())[-1] == "\ufffd\ufffd and \ufffd"
    assert source.notes == ["3 bytes could not be read as UTF-8"]


@pytest.mark.parametrize("form", ["page", "wordpress-html"])
def test_a_page_larger_than_any_is_refused(tmp_path, monkeypatch, form):
    monkeypatch.setattr("stance.read.source._LARGEST_BYTES", 1 << 20)
    path = tmp_path / "page.gz"
    path.write_bytes(gzip.compress(b"<html>" + b"a" * (1 << 20)))
    with pytest.raises(Unreadable, match="more than 1 MiB in one page"):
        list(read_threads(path, format=form))


def test_a_line_without_an_end_is_refused_and_a_long_one_read(tmp_path, monkeypatch):
    monkeypatch.setattr("stance.read.source._LONGEST_LINE", 1 << 20)
    path = tmp_path / "comments.jsonl"
    row = '{"id": 1, "text": "' + "a" * ((1 << 20) - 30) + '"}\n'
    path.write_text(row + row.replace("1", "2", 1))
    (page,) = read_threads(path)
    assert len(page.comments) == 2
    path.write_text(row.replace("a", "aa"))
    with pytest.raises(Unreadable, match="a line of more than 1 million characters"):
        list(read_threads(path))


def test_a_folder_where_a_file_should_be_is_told(tmp_path):
    with pytest.raises(Unreadable, match=r"a folder, and this format is a file\)\. Give one file"):
        open_source(tmp_path).whole()


def test_lines_left_half_way_are_let_go_even_if_their_stream_was_closed_first(tmp_path):
    path = tmp_path / "page"
    path.write_text("one\ntwo\nthree\n")
    lines = open_source(path).lines()
    assert next(lines) == "one"
    lines.gi_frame.f_locals["stream"].close()  # as the garbage collection may
    lines.close()
