"""What a page asks for: which items, in which order."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator

from stance.queue import ALL_LANE, ESCALATED_LANE, LANE_WORDS, STORE_ORDERS, Cursor, ItemFilter, ItemState, StoreOrder
from stance.records import Stance

PAGE_ITEMS: Final = 40
ORDER_WORDS: Final[dict[StoreOrder, str]] = {
    "risk": "riskiest first",
    "uncertain": "least certain first",
    "hybrid": "risky and uncertain first",
    "newest": "newest first",
}
_Id = Annotated[str, Field(max_length=500)]


class Wanted(BaseModel):
    """Which items are wanted; what is "" asks for nothing, since forms send empty fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    lane: str = ALL_LANE
    state: ItemState = ItemState.OPEN
    order: StoreOrder = "risk"
    thread: _Id = ""
    author: _Id = ""
    actor: _Id = ""
    stance: Stance | None = None
    least: Annotated[float, Field(ge=0, le=1)] = 0.0
    q: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[str, Field(max_length=60)] = ""

    @field_validator("stance", "least", "state", "order", "lane", mode="before")
    @classmethod
    def _empty_asks_for_nothing(cls, value: object, info: object) -> object:
        if value == "":
            return cls.model_fields[info.field_name].default  # type: ignore[attr-defined]
        return value

    @field_validator("lane")
    @classmethod
    def _known_lane(cls, value: str) -> str:
        if value not in LANE_WORDS:
            raise ValueError("want the name of a lane")
        return value

    @field_validator("after")
    @classmethod
    def _readable_cursor(cls, value: str) -> str:
        if value:
            Cursor.parse(value)
        return value

    @property
    def filter(self) -> ItemFilter:
        """The same as the store takes it."""
        return ItemFilter(
            state=self.state,
            lane=self.lane,
            thread_id=self.thread or None,
            author=self.author or None,
            actor=self.actor or None,
            stance=self.stance,
            min_priority=self.least or None,
            search=self.q,
        )

    @property
    def cursor(self) -> Cursor | None:
        """Where the page begins."""
        return Cursor.parse(self.after) if self.after else None

    @property
    def taken(self) -> bool:
        """Whether the items are open ones, to be taken one by one; others are looked through."""
        return self.state is ItemState.OPEN or self.lane == ESCALATED_LANE

    @property
    def narrowed(self) -> int:
        """How many filters beside lane, order and search are set."""
        values = (self.thread, self.author, self.actor, self.stance, self.least, self.state is not ItemState.OPEN)
        return sum(map(bool, values))

    def query(self, **changed: str) -> str:
        """Return the address's query that asks for the same, or for something changed; defaults are left out."""
        held = self.model_dump(mode="json", exclude_defaults=True, exclude={"after"}) | changed
        defaults = {"lane": ALL_LANE, "order": STORE_ORDERS[0], "state": ItemState.OPEN.value}
        return urlencode({name: value for name, value in held.items() if value and defaults.get(name) != value})
