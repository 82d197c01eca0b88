"""The policy file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import BadPolicy
from stance.queue import load_policy
from stance.records import ActorKind, Attribute, Signal

LINE = '[line.insult]\nlooks_at = "INSULT"\nthreshold = 0.5\nweight = 0.6\nwords = "insult"\n'
CONTEMPT = LINE.replace('"INSULT"', '"hostile_stance"')
CLAIMS = LINE.replace('"INSULT"', '"unsupported_claims"')


@pytest.fixture
def saved(tmp_path: Path):
    def save(text: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return save


def test_the_shipped_policy_has_a_line_for_every_attribute_and_signal():
    looked_at = {line.looks_at for line in load_policy().lines}
    assert looked_at == {*Attribute, *Signal}


def test_a_line_is_read_as_it_stands(saved):
    (line,) = load_policy(saved(CONTEMPT + 'toward = ["person", "author"]\n')).lines
    assert (line.name, line.looks_at, line.threshold, line.weight) == ("insult", Signal.HOSTILE_STANCE, 0.5, 0.6)
    assert line.toward == (ActorKind.PERSON, ActorKind.AUTHOR)


def test_comments_and_spacing_do_not_move_the_digest(saved):
    plain = load_policy(saved(LINE)).digest
    assert load_policy(saved("# mine\n\n" + LINE.replace(" = ", "="))).digest == plain


def test_a_changed_threshold_moves_the_digest(saved):
    plain = load_policy(saved(LINE)).digest
    assert load_policy(saved(LINE.replace("0.5", "0.51"))).digest != plain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no \[line.NAME\] table"),
        ("[line]\n", r"no \[line.NAME\] table"),
        ("line = 3\n", r"no \[line.NAME\] table"),
        ("[line]\ninsult = 3\n", r"line.insult is not a table"),
        ("[lines.insult]\n", "unknown key lines. Allowed are line"),
        (LINE + "treshold = 0.4\n", "unknown key treshold. Allowed are looks_at, threshold, weight"),
        (LINE.replace("weight = 0.6\n", ""), "line.insult has no weight. A line needs looks_at, threshold"),
        (LINE.replace('"INSULT"', '"RUDE"'), "line.insult.looks_at is RUDE. Known are TOXICITY, .*rebuttal_heat"),
        (LINE.replace('"INSULT"', "[]"), "line.insult.looks_at is a list"),
        (LINE.replace("0.5", "0"), "line.insult.threshold is 0. Give a number above 0 and below 1"),
        (LINE.replace("0.5", "nan"), "line.insult.threshold is nan"),
        (LINE.replace("0.5", "true"), "line.insult.threshold is True"),
        (LINE.replace("0.5", '"high"'), "line.insult.threshold is high"),
        (LINE.replace("0.5", "0x" + "f" * 5000), "line.insult.threshold is a int"),
        (LINE.replace("0.6", "1.1"), "line.insult.weight is 1.1. Give a number from 0 to 1"),
        (LINE.replace('"insult"', '""'), "line.insult.words is empty"),
        (LINE.replace('"insult"', r'"\u001b[2J"'), "line.insult.words is '.x1b"),
        (LINE + 'toward = ["person"]\n', "toward has no meaning here. Only hostile_stance"),
        (CONTEMPT, "toward is not a list of kinds. Name one or more of state"),
        (CONTEMPT + 'toward = ["folk"]\n', "toward is folk. Known are state"),
        (LINE + "at_least = 3\n", "at_least has no meaning here. Only unsupported_claims"),
        (CLAIMS + "at_least = 0\n", "at_least is 0. Give a whole number"),
        ('[line."\\u202e"]\n', "is not a name"),
        ("[line.insult\n", "not TOML .*line 1"),
        ("x = " + "[" * 100_000, "not TOML"),
        ("x = " + "9" * 5000, "not TOML"),
        (b"\xff\xfe", "not TOML in UTF-8"),
    ],
)
def test_a_policy_that_means_nothing_says_where_and_how_to_mend_it(saved, text, message):
    path = saved(text)
    with pytest.raises(BadPolicy, match=message) as caught:
        load_policy(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["", "missing.toml"])
def test_a_folder_or_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(BadPolicy, match="cannot be read"):
        load_policy(tmp_path / name)


def test_a_weight_of_nothing_and_of_all_are_allowed(saved):
    assert load_policy(saved(LINE.replace("0.6", "0"))).lines[0].weight == 0
    assert load_policy(saved(LINE.replace("0.6", "1"))).lines[0].weight == 1


def test_a_null_byte_in_the_path_is_no_traceback():
    with pytest.raises(BadPolicy):
        load_policy(Path("a\0b"))
