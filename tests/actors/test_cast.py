"""The cast as a file."""

import tomllib

import pytest

from stance.actors import Cast, parse_cast, read_cast, write_cast
from stance.errors import BadCast
from stance.records import Actor, ActorKind

DAM = Actor(
    id="Dam Board",
    name="Dam Board",
    kind=ActorKind.ORGANISATION,
    aliases=("the board", 'a "sign" \\ \x7f'),
    member_of="Peru",
)


def test_what_is_written_is_read_back():
    assert parse_cast(write_cast([DAM], ignore=["levee"]), source="x") == Cast(actors=(DAM,), ignore=("levee",))


def test_the_file_is_toml_with_comments_for_a_person():
    text = write_cast([DAM])
    assert text.startswith("#")
    assert tomllib.loads(text)["actor"][0]["kind"] == "organisation"


@pytest.mark.parametrize("name", ["\ud800 lone", "tab\there", "new\nline", "emoji 🎈", "nul\x00"])
def test_any_name_survives_the_file(name):
    actor = Actor(id=name, name=name, kind=ActorKind.UNKNOWN)
    (back,) = parse_cast(write_cast([actor]), source="x").actors
    assert back.name == " ".join(name.replace("\ud800", "\ufffd").split())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[[actor]\n", r"cast\.toml: not TOML.*line 1"),
        ("\n[[actor]]\nkind = 'state'\n", r"cast\.toml:2: an actor without a name"),
        ("[[actor]]\nname = 'A'\nkind = 'planet'\n", r"cast\.toml:1: `kind` is .planet.*Use one of state"),
        ("[[actor]]\nname = 'A'\naliases = 'B'\n", r"cast\.toml:1: `aliases` is not a list"),
        ("[[actor]]\nname = 'A'\nmember_of = 3\n", r"cast\.toml:1: `member_of`"),
        ("[[actor]]\nname = 'A'\nalias = ['B']\n", r"cast\.toml:1: unknown key .alias.*Known keys: name"),
        ("[[actor]]\nname = 'A'\n[[actor]]\nname = 'a'\n", r"cast\.toml:3: a second actor of the name at cast\.toml:1"),
        ("actor = 3\n", r"`actor` is not a list of tables"),
        ("ignore = 'x'\n", r"`ignore` is not a list"),
        ("x = " + "[" * 5000, r"cast\.toml: n"),
    ],
)  # fmt: skip
def test_a_bad_cast_says_where_what_and_the_mend(text, match):
    with pytest.raises(BadCast, match=match):
        parse_cast(text, source="cast.toml")


def test_a_cast_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "cast.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadCast, match="not UTF-8"):
        read_cast(tmp_path / "cast.toml")


@pytest.mark.parametrize("path", ["missing.toml", "nul\x00.toml", "."])
def test_a_cast_that_cannot_be_read_is_refused(tmp_path, path):
    with pytest.raises(BadCast, match="cannot be read"):
        read_cast(f"{tmp_path}/{path}")


def test_an_empty_file_is_a_cast_of_nobody(tmp_path):
    (tmp_path / "cast.toml").write_text("", encoding="utf-8")
    assert read_cast(tmp_path / "cast.toml") == Cast(actors=())
