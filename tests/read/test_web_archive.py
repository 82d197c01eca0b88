"""Pages that a browser saved as one file."""

import base64
import quopri
from contextlib import suppress

import pytest

from stance.errors import BadWebArchive, CommentsElsewhere, EmptyInput, StanceError
from stance.read import read_threads

PAGE = """<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<title>The old bridge</title></head><body class="wp-singular postid-12"><ol class="comment-list">
<li id="comment-1" class="comment depth-1"><cite class="fn">Åse</cite><div class="comment-content"><p>Stone = good.</p>
</div><ol class="children"><li id="comment-2" class="comment depth-2"><cite class="fn">kim</cite>
<div class="comment-content"><blockquote><p>Stone = good.</p></blockquote><p>No.</p></div></li></ol></li></ol>
</body></html>
"""
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
BOUNDARY = "----MultipartBoundary--qNPvFNfkIhdTsbFzCJ5FUlQLU----"


def part(content, *, kind="text/html", coding="quoted-printable", **more):
    packed = {
        "quoted-printable": quopri.encodestring,
        "base64": base64.encodebytes,
        "binary": bytes,
    }[coding](content if isinstance(content, bytes) else content.encode())
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {coding}", *(f"{k}: {v}" for k, v in more.items())]
    return "\r\n".join([*lines, "", ""]).encode() + packed


def archive(*parts, boundary=BOUNDARY, kind="text/html", more="", end=True):
    head = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://blog.example/bridge/\r\n"
        "Subject: =?utf-8?Q?The=20old=20bridge?=\r\nDate: Fri, 14 Sep 2018 15:04:00 -0000\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/related;\r\n\ttype="{kind}";\r\n\tboundary="{boundary}"{more}\r\n\r\n\r\n'
    )
    mark = f"\r\n--{boundary}".encode()
    return head.encode() + b"".join(mark + b"\r\n" + one for one in parts) + (mark + b"--\r\n" if end else b"")


FRAME = part("<html><p>An advertisement, comment-9</p></html>", **{"Content-ID": "<frame-2@mhtml.blink>"})
IMAGE = part(PICTURE, kind="image/png", coding="binary", **{"Content-Location": "https://blog.example/a.png"})


@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "binary"])
def test_comments_are_read_from_the_page_in_the_archive(read_file, coding):
    (page,), rejects = read_file(archive(part(PAGE, coding=coding), FRAME, IMAGE))
    assert [(one.id, one.author, one.text, one.parent_id) for one in page.comments] == [
        ("1", "Åse", "Stone = good.", "article"),
        ("2", "kim", "> Stone = good.\n\nNo.", "1"),
    ]
    assert (page.article.title, rejects) == ("The old bridge", [])
    assert "web archive" in page.notes[0]


def test_pictures_before_the_page_are_passed_by(read_file):
    (page,), _ = read_file(archive(IMAGE, IMAGE, part(PAGE)))
    assert len(page.comments) == 2


def test_the_page_that_the_archive_names_is_read_and_not_the_first(read_file):
    more = ';\r\n\tstart="<page@mhtml.blink>"'
    (page,), _ = read_file(archive(FRAME, part(PAGE, **{"Content-ID": "<page@mhtml.blink>"}), more=more))
    assert len(page.comments) == 2
    with pytest.raises(BadWebArchive, match="without the page it names"):
        read_file(archive(FRAME, part(PAGE), more=more))


def test_the_page_is_found_in_parts_of_parts(read_file):
    inner = b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n'
    inner += part("Stone.", kind="text/plain") + b"\r\n--in\r\n" + part(PAGE) + b"\r\n--in--\r\n"
    (page,), _ = read_file(archive(inner, IMAGE))
    assert len(page.comments) == 2


def test_the_encoding_that_the_archive_names_is_used(read_file):
    latin = PAGE.replace("charset=UTF-8", "").encode("iso-8859-2", "replace")
    (page,), _ = read_file(
        archive(part(latin.replace(b"?se", "Łódź".encode("iso-8859-2")), kind="text/html; charset=iso-8859-2"))
    )
    assert page.comments[0].author == "Łódź"


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "no-such", "zip", "utf-7", "\0", "x" * 300])
def test_an_encoding_that_cannot_be_is_not_believed(read_file, charset):
    (page,), _ = read_file(archive(part(PAGE, kind=f'text/html; charset="{charset}"')))
    assert page.comments[0].author == "Åse"


def test_a_page_that_is_cut_off_is_read_up_to_there(read_file):
    (page,), _ = read_file(archive(part(PAGE), end=False)[:-300])
    assert page.comments[0].id == "1"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (archive(IMAGE), "without an HTML page"),
        (archive(), "without an HTML page"),
        (archive(part(PAGE)).replace(BOUNDARY.encode(), b""), "where its parts begin"),
        (archive(b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJjZ"), "damaged"),
        (archive(part("")), "empty"),
        (archive(b"Content-Type: text/html\r\n" + b"X: y\r\n" * 20_000 + b"\r\n<p>"), "does not end"),
        (
            archive(*(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}".encode() for n in range(999))),
            "nests its parts",
        ),
    ],
    ids=["pictures", "nothing", "no boundary", "damaged", "empty", "header", "nested"],
)
def test_an_archive_without_a_page_is_told_with_the_mend(read_file, content, what):
    with pytest.raises(BadWebArchive, match=what) as caught:
        read_file(content)
    assert "as HTML only" in str(caught.value)


def test_a_page_too_large_is_refused_and_large_pictures_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr("stance.read.web_archive._PAGE_BYTES", 100_000)
    path = tmp_path / "page.mhtml"
    path.write_bytes(archive(IMAGE, part(PICTURE * 9, kind="image/png", coding="binary"), part(PAGE)))
    assert len(list(read_threads(path))) == 1
    path.write_bytes(archive(part(PAGE + "<p>x</p>" * 20_000)))
    with pytest.raises(BadWebArchive, match="larger than"):
        list(read_threads(path))


def test_a_script_that_loads_the_comments_is_named(read_file):
    with pytest.raises(CommentsElsewhere, match="Disqus"):
        read_file(archive(part('<html><body class="wordpress"><div id="disqus_thread"></div></body></html>')))


def test_a_page_of_null_bytes_is_empty(read_file):
    with pytest.raises(EmptyInput):
        read_file(archive(part(b"\0" * 9, coding="binary")))


def test_damage_is_at_worst_an_error_of_ours(read_file):
    whole = archive(part(PAGE), FRAME, IMAGE)
    for cut in range(0, 1500, 37):
        for damaged in (whole[:cut] + whole[cut + 20 :], whole[:cut], whole[:cut] + b"\0\xff\n\n" + whole[cut:]):
            with suppress(StanceError):
                pages, _ = read_file(damaged)
                assert pages[0].comments
