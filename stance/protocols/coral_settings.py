"""The settings for Coral: a TOML file in, each tenant with its secrets and rules out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from stance.protocols.errors import BadCoralSettings
from stance.records import Attribute

TOXIC: Final = "COMMENT_DETECTED_TOXIC"
SPAM: Final = "COMMENT_DETECTED_SPAM"
STATUSES: Final[Mapping[str, str | None]] = {"flag": None, "withhold": "SYSTEM_WITHHELD", "reject": "REJECTED"}
"""What a rule may ask for, and the status that Coral is told; the later, the stronger."""
CODES: Final[Mapping[Attribute, str]] = {
    Attribute.TOXICITY: "OFFENSIVE",
    Attribute.SEVERE_TOXICITY: "ABUSIVE",
    Attribute.INSULT: "ABUSIVE",
    Attribute.IDENTITY_ATTACK: "HATE_SPEECH",
    Attribute.THREAT: "HARASSMENT_BULLYING",
    Attribute.PROFANITY: "OFFENSIVE",
    Attribute.ATTACK_ON_COMMENTER: "HARASSMENT_BULLYING",
    Attribute.SPAM: "SPAM",
}
"""Coral's code of a rejection for each of ours."""
_FROM_ENVIRONMENT: Final = "env:"
_FORMATS: Final = ("HTML", "PLAIN_TEXT")
_SECRETS: Final = ("phase_secrets", "webhook_secrets")
_KNOWN: Final = (*_SECRETS, "format", "graphql_url", "token", "tell_decisions", "rules")
_LONGEST_FILE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """From `at_least` in (0, 1] on, a comment gets what `answer`, a key of `STATUSES`, says."""

    attribute: Attribute
    at_least: float
    answer: str = "flag"

    @property
    def flag(self) -> str:
        """Coral's reason of a flag."""
        return SPAM if self.attribute is Attribute.SPAM else TOXIC


DEFAULT_RULES: Final = (
    Rule(attribute=Attribute.TOXICITY, at_least=0.8),
    Rule(attribute=Attribute.SPAM, at_least=0.9),
)
"""Nothing is hidden by default: comments are published and reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One site of Coral's. `graphql_url` is "" where nothing is to be fetched.

    `tell_decisions`: whether it is told of what moderators decide here.
    """

    id: str
    phase_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    webhook_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    rules: tuple[Rule, ...] = DEFAULT_RULES
    html: bool = True
    graphql_url: str = ""
    token: str = field(default="", repr=False)
    tell_decisions: bool = True


def load_coral(path: Path, *, environment: Mapping[str, str]) -> tuple[Tenant, ...]:
    """Read the settings of every tenant; a secret `env:NAME` is taken from the environment.

    Raises:
        BadCoralSettings: The file cannot be read, or says what no tenant can be served with.
    """
    try:
        with path.open("rb") as opened:
            text = opened.read(_LONGEST_FILE).decode()
        told = tomllib.loads(text)
    except OSError as error:
        raise BadCoralSettings(str(path), what=f"it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        # What the parser says can show a line, and so a secret.
        raise BadCoralSettings(str(path), what="it is not TOML") from None
    reading = _Reading(str(path), environment)
    reading.only(told, ("tenants",), place="the file")
    tenants = reading.table(told.get("tenants"), place="tenants")
    if not tenants:
        raise reading.bad("it names no tenant")
    return tuple(reading.tenant(name, table) for name, table in tenants.items())


class _Reading:
    """The reading of one file; errors say the place and never a value."""

    def __init__(self, path: str, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment

    def bad(self, what: str) -> BadCoralSettings:
        return BadCoralSettings(self._path, what=what)

    def table(self, value: object, *, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(f"{place} is no table")
        return value

    def only(self, table: Mapping[str, object], names: Sequence[str], *, place: str) -> None:
        unknown = [name for name in table if name not in names]
        if unknown:
            raise self.bad(f"{place} has {len(unknown)} unknown keys (known: {', '.join(names)})")

    def tenant(self, name: str, value: object) -> Tenant:
        place = f"tenants.{ascii(name)[1:-1][:60]}"
        table = self.table(value, place=place)
        self.only(table, _KNOWN, place=place)
        if not any(name in table for name in _SECRETS):
            raise self.bad(f"{place}.phase_secrets is no list of secrets")
        phase, webhook = (self.secrets(table, name, place=place) for name in _SECRETS)
        shape = table.get("format", _FORMATS[0])
        if shape not in _FORMATS:
            raise self.bad(f"{place}.format is none of {', '.join(_FORMATS)}")
        url, token = self.graphql(table, place=place)
        if webhook and not url:
            raise self.bad(f"{place}.webhook_secrets need graphql_url, to fetch the comments that Coral tells of")
        tell = table.get("tell_decisions", True)
        if not isinstance(tell, bool):
            raise self.bad(f"{place}.tell_decisions is neither true nor false")
        return Tenant(
            id=name,
            phase_secrets=phase,
            webhook_secrets=webhook,
            rules=self.rules(table.get("rules"), place=f"{place}.rules"),
            html=shape == _FORMATS[0],
            graphql_url=url,
            token=token,
            tell_decisions=tell,
        )

    def secrets(self, table: Mapping[str, object], name: str, *, place: str) -> tuple[bytes, ...]:
        listed = table.get(name, [])
        if not isinstance(listed, list) or (name in table and not listed):
            raise self.bad(f"{place}.{name} is no list of secrets")
        return tuple(self.secret(one, place=f"{place}.{name}").encode() for one in listed)

    def graphql(self, table: Mapping[str, object], *, place: str) -> tuple[str, str]:
        url = table.get("graphql_url", "")
        if not url:
            return "", ""
        if not (isinstance(url, str) and _is_address(url)):
            raise self.bad(f"{place}.graphql_url is no address that begins with https://")
        return url, self.secret(table.get("token"), place=f"{place}.token")

    def secret(self, value: object, *, place: str) -> str:
        if isinstance(value, str) and value.startswith(_FROM_ENVIRONMENT):
            value = self._environment.get(value.removeprefix(_FROM_ENVIRONMENT))
        if not isinstance(value, str) or not (value.isascii() and value.isprintable() and value.strip()):
            raise self.bad(f"{place} is no secret, or the environment does not hold it")
        return value.strip()

    def rules(self, value: object, *, place: str) -> tuple[Rule, ...]:
        if value is None:
            return DEFAULT_RULES
        if not isinstance(value, list):
            raise self.bad(f"{place} is no list of tables")
        return tuple(self.rule(one, place=place) for one in value)

    def rule(self, value: object, *, place: str) -> Rule:
        table = self.table(value, place=place)
        self.only(table, ("attribute", "at_least", "answer"), place=place)
        attribute, at_least, answer = table.get("attribute"), table.get("at_least"), table.get("answer", "flag")
        if attribute not in list(Attribute):
            raise self.bad(f"{place}: attribute is none of {', '.join(Attribute)}")
        if isinstance(at_least, bool) or not isinstance(at_least, int | float) or not 0 < at_least <= 1:
            raise self.bad(f"{place}: at_least is no number above 0, at most 1")
        if answer not in list(STATUSES):
            raise self.bad(f"{place}: answer is none of {', '.join(STATUSES)}")
        return Rule(attribute=Attribute(attribute), at_least=float(at_least), answer=answer)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and url.isascii() and url.isprintable() and " " not in url
