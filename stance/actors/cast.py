"""A cast as a file that a person can edit: who is an actor on a page, and by which words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stance.actors.words import fold_phrase
from stance.errors import BadCast
from stance.records import Actor, ActorKind

_KEYS: Final = ("name", "kind", "aliases", "member_of")
_KINDS: Final = ", ".join(kind.value for kind in ActorKind)
_HEADER: Final = f"""\
# The cast of this page. Edit it and give it back with --actors.
# - Who is not listed is not found; add an [[actor]] to find its name and aliases as they are written.
# - A word counts for the actor that lists it: to merge two actors, move the aliases and delete the entry.
# - `kind` is one of {_KINDS}.
# - Words in `ignore` are nobody.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The actors a person settled on; words in `ignore` are nobody."""

    actors: tuple[Actor, ...]
    ignore: tuple[str, ...] = ()


def write_cast(actors: Iterable[Actor], *, ignore: Sequence[str] = ()) -> str:
    """Return actors as TOML for a person to edit; `read_cast` reads it back to the same."""
    lines = [_HEADER, f"ignore = {_array(ignore)}"]
    for actor in actors:
        lines += ["", "[[actor]]", f"name = {_string(actor.name)}", f"kind = {_string(actor.kind.value)}"]
        # The name stands among the aliases too, so that renaming the actor loses none of its mentions.
        lines.append(f"aliases = {_array((actor.name, *actor.aliases))}")
        if actor.member_of is not None:
            lines.append(f"member_of = {_string(actor.member_of)}")
    return "\n".join(lines) + "\n"


def read_cast(path: Path | str) -> Cast:
    """Read a cast from its file.

    Raises:
        BadCast: The file cannot be read, is not TOML, or does not hold a cast.
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCast(source, what="not UTF-8 text", mend="Save it as UTF-8.") from error
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a usable path"
        raise BadCast(source, what=f"cannot be read ({what})", mend="Give the file `stance actors` wrote.") from error
    return parse_cast(text, source=source)


def parse_cast(text: str, *, source: str) -> Cast:
    """Read a cast from TOML text; `source` names it in errors.

    Raises:
        BadCast: The text is not TOML, or does not hold a cast.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadCast(source, what=f"not TOML: {error}", mend="Mend that place, or write the cast afresh.") from error
    except RecursionError as error:
        raise BadCast(source, what="nested too deep", mend="A cast is a flat list of [[actor]].") from error
    _known_keys(table, ("actor", "ignore"), where=source)
    entries = table.get("actor", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadCast(source, what="`actor` is not a list of tables", mend="Write each one under [[actor]].")
    lines = _entry_lines(text, len(entries))
    places = [f"{source}:{line}" for line in lines]
    actors = tuple(_actor(entry, where=where) for entry, where in zip(entries, places, strict=True))
    _refuse_twins(actors, places)
    return Cast(actors=actors, ignore=_strings(table, "ignore", where=source))


def _entry_lines(text: str, n_entries: int) -> list[int]:
    found = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*actor\s*\]\]", line)]
    return found if len(found) == n_entries else [1] * n_entries


def _actor(entry: Mapping[str, Any], *, where: str) -> Actor:
    _known_keys(entry, _KEYS, where=where)
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadCast(where, what="an actor without a name", mend='Add name = "...".')
    kind = entry.get("kind", ActorKind.UNKNOWN.value)
    if kind not in tuple(ActorKind):
        raise BadCast(where, what=f"`kind` is {_shown(kind)}", mend=f"Use one of {_KINDS}.")
    member_of = entry.get("member_of")
    if member_of is not None and not isinstance(member_of, str):
        raise BadCast(where, what="`member_of` is not a string", mend='Write member_of = "NAME", or leave it out.')
    name = " ".join(name.split())
    aliases = tuple(alias for alias in _strings(entry, "aliases", where=where) if alias != name)
    return Actor(id=name, name=name, kind=ActorKind(kind), aliases=aliases, member_of=member_of or None)


def _strings(table: Mapping[str, Any], key: str, *, where: str) -> tuple[str, ...]:
    listed = table.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise BadCast(where, what=f"`{key}` is not a list of strings", mend=f'Write {key} = ["...", "..."].')
    return tuple(dict.fromkeys(" ".join(item.split()) for item in listed if item.strip()))


def _known_keys(table: Mapping[str, Any], known: Sequence[str], *, where: str) -> None:
    for key in table:
        if key not in known:
            raise BadCast(where, what=f"unknown key {_shown(key)}", mend=f"Known keys: {', '.join(known)}.")


def _refuse_twins(actors: Sequence[Actor], places: Sequence[str]) -> None:
    names: dict[str, str] = {}
    for actor, where in zip(actors, places, strict=True):
        key = fold_phrase(actor.name) or actor.name
        if key in names:
            raise BadCast(where, what=f"a second actor of the name at {names[key]}", mend="Merge the two entries.")
        names[key] = where


def _shown(value: object) -> str:
    shown = json.dumps(str(value))
    return shown if len(shown) <= 40 else f'{shown[:36]}..."'


def _array(items: Iterable[str]) -> str:
    return f"[{', '.join(_string(item) for item in items)}]"


def _string(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are TOML's, but for DEL and lone surrogates, which TOML refuses."""
    clean = "".join("\ufffd" if "\ud800" <= mark <= "\udfff" else mark for mark in text)
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
