"""What every protocol works with, and how one is told to the application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute

if TYPE_CHECKING:
    from stance.protocols.coral_settings import Tenant
    from stance.protocols.scoring import Scoring
    from stance.queue import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One server's parts. `store` is None where nothing is kept: feedback and Coral's context need one."""

    scoring: Scoring
    store: Store | None = None
    coral: tuple[Tenant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that is not answered, before any protocol has looked at it.

    `words` say what is wrong and the mend, never what was sent. `retry_after_seconds` is None where asking again
    would not help.
    """

    status: int
    words: str
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One protocol.

    `prefixes` are the paths that are its own; a refusal of any request to them is put into its words by `refuse`.
    `longest_body` is in bytes. `keyed` is False where something else than an API key says who asks.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: Callable[[Service], Sequence[BaseRoute]]
    refuse: Callable[[Refusal], Response]
    longest_body: int
    keyed: bool = True
