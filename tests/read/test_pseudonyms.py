import time
from datetime import UTC, datetime

import pytest

from stance.errors import BadKey, Unreadable
from stance.read import Pseudonyms
from stance.records import Article, Comment, Page

KEY = b"0123456789abcdef"


@pytest.fixture
def names():
    return Pseudonyms(KEY)


def page_of(*comments, article=None):
    return Page(
        source="page",
        article=article or Article(),
        comments=tuple(
            Comment(id=str(number), number=number, author=author, text=text)
            for number, (author, text) in enumerate(comments, start=1)
        ),
    )


def test_one_person_has_one_pseudonym_in_every_case_and_place(names):
    assert names.of("Kim Lee") == names.of(" kim lee ") == Pseudonyms(KEY).of("KIM LEE")
    assert names.of("Kim Lee") != names.of("Kim Leo")


def test_another_key_gives_another_pseudonym(names):
    assert names.of("Kim") != Pseudonyms(b"another key of sixteen").of("Kim")
    # HMAC-SHA256 by OpenSSL: printf kim | openssl dgst -sha256 -hmac 0123456789abcdef
    assert names.of("Kim") == "person-95fc8e9476e9"


@pytest.mark.parametrize(
    ("author", "text", "hidden"),
    [
        ("Kim", "Kim, that is not so.", "{}, that is not so."),
        ("Kim", "KIM's and @kim: kimono, akim", "{}'s and @{}: kimono, akim"),
        ("Kim Lee", "as Kim  Lee said; Kim Li did not, nor Kim.", "as {} said; Kim Li did not, nor Kim."),
        ("kim_lee.99", "@kim_lee.99 no!", "@{} no!"),
        ("J. R. O'Neil", "J. R. O'Neil and O'Neil", "{} and O'Neil"),
        ("★kim★", "★kim★ wrote", "{} wrote"),
        ("\N{GRINNING FACE}\N{GRINNING FACE}x", "\N{GRINNING FACE}\N{GRINNING FACE}x!", "{}!"),
        ("Straße", "STRASSE", "{}"),
        ("Al", "Al and @Al and also", "Al and @{} and also"),
        ("金正恩", "金正恩 said", "{} said"),
        ("!?.", "no!?.", "no{}"),
        ("", "nobody", "nobody"),
    ],
)
def test_names_are_hidden_where_a_text_calls_them(names, author, text, hidden):
    masked = names.mask(page_of((author, text)))
    assert masked.comments[0].text == hidden.format(*[names.of(author)] * 3)


def test_the_longest_of_overlapping_names_is_hidden(names):
    masked = names.mask(page_of(("Kim", "Kim Lee and Kim"), ("Kim Lee", "")))
    assert masked.comments[0].text == f"{names.of('Kim Lee')} and {names.of('Kim')}"


def test_names_in_the_article_and_of_those_answered_are_hidden_and_links_dropped(names):
    article = Article(title="By Ida Berg", text="Ida Berg asks Kim.", author="Ida Berg", url="https://example.org/ida")
    comment = Comment(
        id="1",
        number=1,
        author="Kim",
        text="Bo said so.",
        posted_at=datetime(2020, 1, 1, tzinfo=UTC),
        parent_id="article",
        extra={"answers_author": "Bob", "profile": "https://example.org/kim", "deleted": False},
    )
    masked = names.mask(Page(source="page", article=article, comments=(comment,), thread_id="t"))
    ida, kim = names.of("Ida Berg"), names.of("Kim")
    assert masked.article == Article(title=f"By {ida}", text=f"{ida} asks {kim}.", author=ida)
    assert masked.comments[0].extra == {"answers_author": names.of("Bob"), "deleted": False}
    assert (masked.comments[0].author, masked.comments[0].posted_at) == (kim, comment.posted_at)
    assert (masked.thread_id, masked.comments[0].parent_id) == ("t", "article")


def test_a_comment_without_an_author_stays_without_one(names):
    assert names.mask(page_of((None, "text"))).comments[0].author is None


def test_a_hundred_thousand_authors_take_linear_time(names):
    comments = [(f"Author Number {n}", f"I agree with Author Number {n // 2}.") for n in range(100_000)]
    started = time.process_time()
    masked = names.mask(page_of(*comments))
    # About five seconds; trying each name on each text would take hours.
    assert time.process_time() - started < 60
    assert masked.comments[-1].text == f"I agree with {names.of('Author Number 49999')}."


def test_names_made_to_be_slow_are_not(names):
    comments = [("a " * 10_000, "a " * 100_000), ("a " * 10_000 + "b", "x"), ("b " * 40, "b " * 100_000)]
    started = time.process_time()
    names.mask(page_of(*comments))
    assert time.process_time() - started < 10


def test_a_key_is_read_from_a_file_without_its_line_end(tmp_path, names):
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\r\n")
    assert Pseudonyms.from_file(path).of("Kim") == names.of("Kim")


@pytest.mark.parametrize("content", [b"", b"\n", b"secret\n"])
def test_a_key_that_can_be_guessed_is_refused(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(BadKey, match="openssl rand"):
        Pseudonyms.from_file(path)


def test_a_key_that_is_not_there_is_told(tmp_path):
    with pytest.raises(Unreadable, match="Check the path"):
        Pseudonyms.from_file(tmp_path / "none")


def test_no_key_is_the_callers_mistake():
    with pytest.raises(ValueError, match="empty"):
        Pseudonyms(b"")
