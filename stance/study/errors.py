"""What can be wrong with scores and labels brought to a study: all are `DataError`, exit code 6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stance.errors import DataError

_SCORE_AGAIN: Final = "Give what `stance score --out` left, or score again."
_SHOWN: Final = 60
_COMMONEST: Final = 8


class BadScores(DataError):
    """Scores that cannot be used; `place` finds the row, and is empty where it is the whole file."""

    def __init__(self, source: str, *, what: str, place: str = "", mend: str = _SCORE_AGAIN) -> None:
        self.source, self.place, self.what, self.mend = source, place, what, mend
        super().__init__(f"{source}{', ' if place else ''}{place}: {what}. {mend}")

    @classmethod
    def column(cls, source: str, *, place: str, column: str, wanted: str) -> BadScores:
        """A value is not what its column holds."""
        return cls(source, place=place, what=f"column {column!r} is not {wanted}")


class BadWhat(DataError):
    """What is to be studied is none of what comments are scored for."""

    def __init__(self, what: str, *, why: str, known: Iterable[str]) -> None:
        self.what, self.why, self.known = what, why, tuple(known)
        super().__init__(f"{shown(what)}: {why}. Give one of {', '.join(self.known)}.")


class NoSuchActor(DataError):
    """No comment has a stance toward an actor of the name, or the name is that of several."""

    def __init__(self, name: str, *, spelled_by: Mapping[str, int], known: Mapping[str, int]) -> None:
        self.name, self.spelled_by, self.known = name, dict(spelled_by), dict(known)
        if spelled_by:
            what = f"comments call several actors so: {_commonest(spelled_by)}. Give the name of one"
        elif known:
            what = f"no comment is scored for a stance toward it. Commonest are {_commonest(known)}"
        else:
            what = "no comment is scored for a stance toward anybody. Give scores of comments that speak of actors"
        super().__init__(f"stance:{shown(name)}: {what}.")


class NoUnits(DataError):
    """There is nothing in the scores of which the question can be asked."""

    def __init__(self, source: str, *, what: str) -> None:
        self.source, self.what = source, what
        super().__init__(f"{source}: nothing in it that {shown(what)} can be asked of. Ask something else of it.")


class BadLabels(DataError):
    """Labels that are each in order, and yet cannot be used together."""

    def __init__(self, source: str, *, what: str, mend: str) -> None:
        self.source, self.what, self.mend = source, what, mend
        super().__init__(f"{source}: {what}. {mend}")


def _commonest(names: Mapping[str, int]) -> str:
    most = sorted(names.items(), key=lambda one: (-one[1], one[0]))[:_COMMONEST]
    more = f" and {len(names) - len(most):,} more" if len(names) > len(most) else ""
    return ", ".join(f"{shown(name)} ({n:,})" for name, n in most) + more


def shown(words: str) -> str:
    """Return a name as a message can show it: a file may give one of megabytes, or one that steers a terminal."""
    return ascii(words[:_SHOWN]) + ("..." if len(words) > _SHOWN else "")
