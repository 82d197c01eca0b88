"""The policy file: read, proven line by line, and given a digest."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

from stance.errors import BadPolicy
from stance.records import ActorKind, Attribute, Policy, PolicyLine, Signal

_Named = TypeVar("_Named")
_SHIPPED: Final = Path(__file__).with_name("policy.toml")
_KEYS: Final = ("looks_at", "threshold", "weight", "words", "toward", "at_least")
_NEEDED: Final = ("looks_at", "threshold", "weight", "words")
_LONGEST_WORDS: Final = 80
_LOOKS_AT: Final[Mapping[str, Attribute | Signal]] = {
    **{attribute.value: attribute for attribute in Attribute},
    **{signal.value: signal for signal in Signal},
}
_KINDS: Final[Mapping[str, ActorKind]] = {kind.value: kind for kind in ActorKind}


def load_policy(path: Path | None = None) -> Policy:
    """Read a policy from TOML.

    Args:
        path: The file; None is the policy that ships with the package.

    Raises:
        BadPolicy: The file cannot be read, or a key or value in it means nothing.
    """
    source = "policy.toml" if path is None else str(path)
    table = _read_toml(_SHIPPED if path is None else path, source=source)
    _refuse_unknown(table, known=("line",), source=source, where="the file")
    lines = table.get("line")
    if not isinstance(lines, dict) or not lines:
        raise BadPolicy(source, what="there is no [line.NAME] table", mend="Give at least one line.")
    proven = tuple(_prove_line(name, fields, source=source) for name, fields in lines.items())
    return Policy(lines=proven, digest=_digest(proven))


def with_lines(lines: Iterable[PolicyLine]) -> Policy:
    """Return the policy of these lines, with its digest."""
    held = tuple(lines)
    return Policy(lines=held, digest=_digest(held))


def write_policy(policy: Policy) -> str:
    """Return a policy as the TOML that `load_policy` reads back the same, digest and all."""
    return "\n".join(_line_table(line) for line in policy.lines)


def _line_table(line: PolicyLine) -> str:
    rows = {
        "looks_at": _quoted(line.looks_at.value),
        "threshold": repr(line.threshold),
        "weight": repr(line.weight),
        "words": _quoted(line.words),
    }
    if line.looks_at is Signal.HOSTILE_STANCE:
        rows["toward"] = f"[{', '.join(_quoted(kind.value) for kind in line.toward)}]"
    if line.looks_at is Signal.UNSUPPORTED_CLAIMS:
        rows["at_least"] = str(line.at_least)
    return f"[line.{_quoted(line.name)}]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items())


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's own escapes are TOML's, too, but for pairs of surrogates, which are left alone."""
    return json.dumps(text, ensure_ascii=False)


def _read_toml(path: Path, *, source: str) -> dict[str, object]:
    """Return the file as tables; a file that is not TOML becomes a `BadPolicy`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPolicy(source, what=f"cannot be read ({error.strerror})", mend="Give a TOML file.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy(source, what=f"not TOML ({error})", mend="Mend the line it names.") from error
    except (ValueError, RecursionError) as error:
        # Not UTF-8, a number of thousands of digits, or brackets nested until the parser gives up.
        raise BadPolicy(source, what="not TOML in UTF-8", mend="Start from a copy of the shipped policy.") from error


def _prove_line(name: str, fields: object, *, source: str) -> PolicyLine:
    """Return one line of the policy, or say which of its keys is wrong."""
    where = f"line.{_show(name)}"
    if not isinstance(fields, dict):
        raise BadPolicy(source, what=f"{where} is not a table", mend=f"Write [{where}] and its keys below it.")
    if not name or len(name) > _LONGEST_WORDS or not name.isprintable():
        mend = f"Name the line in 1 to {_LONGEST_WORDS} printable characters."
        raise BadPolicy(source, what=f"{where} is not a name", mend=mend)
    _refuse_unknown(fields, known=_KEYS, source=source, where=where)
    for key in _NEEDED:
        if key not in fields:
            raise BadPolicy(source, what=f"{where} has no {key}", mend=f"A line needs {', '.join(_NEEDED)}.")
    looks_at = _one_of(fields["looks_at"], _LOOKS_AT, source=source, key=f"{where}.looks_at")
    return PolicyLine(
        name=name,
        looks_at=looks_at,
        threshold=_number(fields["threshold"], source=source, key=f"{where}.threshold", ends_allowed=False),
        weight=_number(fields["weight"], source=source, key=f"{where}.weight", ends_allowed=True),
        words=_words(fields["words"], source=source, key=f"{where}.words"),
        toward=_toward(fields, looks_at, source=source, where=where),
        at_least=_at_least(fields, looks_at, source=source, where=where),
    )


def _toward(
    fields: Mapping[str, object], looks_at: Attribute | Signal, *, source: str, where: str
) -> tuple[ActorKind, ...]:
    """Return the kinds a HOSTILE_STANCE line guards; other lines have none."""
    key, kinds = f"{where}.toward", fields.get("toward")
    if looks_at is not Signal.HOSTILE_STANCE:
        if kinds is not None:
            raise BadPolicy(source, what=f"{key} has no meaning here", mend="Only hostile_stance lines have toward.")
        return ()
    if not isinstance(kinds, list) or not kinds:
        raise BadPolicy(source, what=f"{key} is not a list of kinds", mend=f"Name one or more of {', '.join(_KINDS)}.")
    return tuple(dict.fromkeys(_one_of(kind, _KINDS, source=source, key=key) for kind in kinds))


def _at_least(fields: Mapping[str, object], looks_at: Attribute | Signal, *, source: str, where: str) -> int:
    """Return how many sentences an UNSUPPORTED_CLAIMS line asks for; other lines keep the default."""
    key = f"{where}.at_least"
    if "at_least" not in fields:
        return 2
    if looks_at is not Signal.UNSUPPORTED_CLAIMS:
        mend = "Only unsupported_claims lines have at_least."
        raise BadPolicy(source, what=f"{key} has no meaning here", mend=mend)
    n_sentences = fields["at_least"]
    if not isinstance(n_sentences, int) or isinstance(n_sentences, bool) or not 1 <= n_sentences <= 100:
        raise BadPolicy(source, what=f"{key} is {_show(n_sentences)}", mend="Give a whole number from 1 to 100.")
    return n_sentences


def _one_of(value: object, known: Mapping[str, _Named], *, source: str, key: str) -> _Named:
    """Return what `value` names, or list the names that are known."""
    if not isinstance(value, str) or value not in known:
        raise BadPolicy(source, what=f"{key} is {_show(value)}", mend=f"Known are {', '.join(known)}.")
    return known[value]


def _number(value: object, *, source: str, key: str, ends_allowed: bool) -> float:
    """Return a number between 0 and 1, its ends included where `ends_allowed`."""
    ends = (0, 1) if ends_allowed else ()
    if isinstance(value, int | float) and not isinstance(value, bool) and (0 < value < 1 or value in ends):
        return float(value)
    mend = "Give a number from 0 to 1." if ends_allowed else "Give a number above 0 and below 1."
    raise BadPolicy(source, what=f"{key} is {_show(value)}", mend=mend)


def _words(value: object, *, source: str, key: str) -> str:
    """Return the words a person reads; printable, so that no policy can steer a terminal."""
    if isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= _LONGEST_WORDS:
        return value.strip()
    mend = f"Give 1 to {_LONGEST_WORDS} printable characters."
    raise BadPolicy(source, what=f"{key} is {_show(value)}", mend=mend)


def _refuse_unknown(fields: Mapping[str, object], *, known: Iterable[str], source: str, where: str) -> None:
    """Raise where a key is not known: a misspelt one would otherwise be a rule that silently never acts."""
    for key in fields:
        if key not in known:
            mend = f"Allowed are {', '.join(known)}."
            raise BadPolicy(source, what=f"{where} has the unknown key {_show(key)}", mend=mend)


def _show(value: object) -> str:
    """Return a value short and printable enough for a message of one line."""
    if isinstance(value, str):
        return (value if value.isprintable() else ascii(value))[:60] or "empty"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**12):
        return str(value)
    return f"a {type(value).__name__}"


def _digest(lines: tuple[PolicyLine, ...]) -> str:
    """Return the sha256 of the lines, so that comments and spacing in the file do not change it."""
    canonical = json.dumps([asdict(line) for line in lines], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
