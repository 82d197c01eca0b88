"""One person going through what is to be labelled: an order of their own, answers that are kept, and a way back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from stance.label.book import SKIPPED, Book, Key, is_skipped
from stance.label.errors import NothingToTakeBack, StaleAnswer
from stance.label.questions import Question
from stance.study import LabelRow

PAUSE_SECONDS = 120
"""What a pause counts at most, as the page measures it: nobody thinks about one comment for longer without a touch."""
_CAPPED = "seconds_capped"
_NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person says of one unit; `word` is None where they cannot tell.

    `seconds` are those in which it was in sight, `capped` is True where a pause among them was counted as less.
    """

    word: str | None
    seconds: float
    capped: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One unit as it stands: `number` from 1 in this person's order, `held` their row of it, None while it is open."""

    number: int
    row: LabelRow
    held: LabelRow | None
    version: str

    @property
    def skipped(self) -> bool:
        """Whether they could not tell."""
        return self.held is not None and is_skipped(self.held)

    @property
    def note(self) -> str:
        """The note that they left."""
        note = self.held.extra.get(_NOTE) if self.held is not None else None
        return note if isinstance(note, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far they are; the skipped ones are among the done."""

    n_units: int
    n_done: int
    n_skipped: int


class Sitting:
    """One question, one person, and the book that their answers go into; safe to ask from several threads.

    Args:
        units: What is to be labelled; all ask the same.
        question: How it is asked.
        book: Where the answers go.
        annotator: Who answers.
        clock: The time, with its zone.
    """

    def __init__(
        self,
        units: Iterable[LabelRow],
        *,
        question: Question,
        book: Book,
        annotator: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.question = question
        self.annotator = annotator
        self._units = in_order(units, annotator)
        self._number_of = {self._key(row): number for number, row in enumerate(self._units, start=1)}
        self._book = book
        held = ((key, book.row(key)) for key in book.keys() if key in self._number_of)  # noqa: SIM118 - no mapping
        # What is answered, the last at the end, and whether it was skipped.
        self._done = {key: row is not None and is_skipped(row) for key, row in held}
        self._clock = clock
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._units)

    def place(self, number: int) -> Place | None:
        """Return a unit, None where the number is none of theirs."""
        with self._lock:
            return self._place(number) if 1 <= number <= len(self._units) else None

    def progress(self) -> Progress:
        """Count what is done."""
        with self._lock:
            return Progress(n_units=len(self._units), n_done=len(self._done), n_skipped=sum(self._done.values()))

    def next_open(self, after: int = 0) -> Place | None:
        """Return the next open unit, from the beginning again where none comes after; None where all are done."""
        n_units = len(self._units)
        with self._lock:
            for step in range(n_units):
                number = (after + step) % n_units + 1
                if self._book.row(self._key(self._units[number - 1])) is None:
                    return self._place(number)
        return None

    def answer(self, number: int, answer: Answer, *, version: str) -> None:
        """Keep an answer, in place of an earlier one of the same person; it is on the disk when this returns.

        Args:
            number: Which unit.
            answer: What they say; its word is one of the question's.
            version: The unit's, as they saw it.

        Raises:
            StaleAnswer: It was answered meanwhile.
            CannotWrite: The disk is full, or the file may not be written to.
        """
        choice = None if answer.word is None else self.question.choice(answer.word)
        if answer.word is not None and choice is None:
            raise ValueError(f"word: got {answer.word!r}, want one of the question's")
        with self._lock:
            place = self._place(number)
            if place.version != version:
                raise StaleAnswer(number)
            spent = place.held.seconds or 0.0 if place.held is not None else 0.0
            was_capped = place.held is not None and place.held.extra.get(_CAPPED) is True
            more = {
                **({SKIPPED: True} if choice is None else {}),
                **({_CAPPED: True} if answer.capped or was_capped else {}),
                **({_NOTE: answer.note} if answer.note else {}),
            }
            row = replace(
                place.row,
                label=None if choice is None else choice.label,
                annotator=self.annotator,
                seconds=round(spent + answer.seconds, 1),
                labelled_at=self._clock().replace(microsecond=0),
                extra={**place.row.extra, **more},
            )
            self._book.put(row)
            self._done.pop(self._key(row), None)
            self._done[self._key(row)] = choice is None

    def take_back(self) -> Place:
        """Undo the answer that was kept last, and return its unit, which is open again.

        Raises:
            NothingToTakeBack: There is none, in this sitting or an earlier one.
            CannotWrite: The file may not be written to.
        """
        with self._lock:
            if not self._done:
                raise NothingToTakeBack
            last = next(reversed(self._done))
            self._book.remove(last)
            del self._done[last]
            return self._place(self._number_of[last])

    def _key(self, row: LabelRow) -> Key:
        return Key(row.what, row.unit, self.annotator)

    def _place(self, number: int) -> Place:
        row = self._units[number - 1]
        key = self._key(row)
        line = self._book.line(key)
        version = sha256(line).hexdigest()[:16] if line else ""
        return Place(number=number, row=row, held=self._book.row(key), version=version)


def in_order(units: Iterable[LabelRow], annotator: str) -> Sequence[LabelRow]:
    """Return units in one person's order: drawn by their name, so that two grow tired over different ones.

    A unit's place among the others stays where more are added.
    """

    def drawn(row: LabelRow) -> bytes:
        return sha256("\x1f".join([annotator, *map(str, row.unit)]).encode("utf-8", "surrogatepass")).digest()

    return sorted(units, key=drawn)
