"""What can go wrong with a queue's database, and what it can refuse.

StoreError                       exit code 9
├── NotAQueue, NewerQueue, QueueDamaged, QueueEdited                   the database itself
├── QueueUnreachable, QueueBusy, QueueBroken                           the way to it
├── NoSuchItem, StaleItem, Erased, NothingToUndo                       a decision
├── NoSuchUser, UserExists                                             a login
└── TooFewDecisions                                                    learning from decisions
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stance.errors import StoreError

_SHOWN_IDS: Final = 8


class NotAQueue(StoreError):
    """The file or database is something else, or is not there."""

    def __init__(self, where: str, *, what: str, mend: str) -> None:
        self.where, self.what, self.mend = where, what, mend
        super().__init__(f"{where}: {what}. {mend}")


class NewerQueue(StoreError):
    """The database was migrated by a later version of the program."""

    def __init__(self, where: str, *, found: str, known: str) -> None:
        self.where, self.found, self.known = where, found, known
        super().__init__(f"{where}: has the schema {found}, and this version knows {known}. Install a newer stance.")


class QueueDamaged(StoreError):
    """The file is SQLite's, and something other than SQLite wrote into it or cut it off."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(
            f"{where}: an SQLite file that is damaged. Restore a backup, or save what can be read with "
            "sqlite3's .recover command."
        )


class QueueEdited(StoreError):
    """A column holds what no version of this program writes; `what` says what it should be."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"the queue holds {what} that this program did not write. Restore a backup; "
            "`stance queue verify` says what else is not as it was."
        )


class QueueUnreachable(StoreError):
    """No connection to the database; the address is told without its password."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"{where}: no connection. Check that the server runs, and the name and password in the URL.")


class QueueBusy(StoreError):
    """Another program held the database for too long."""

    def __init__(self, where: str, *, seconds: float) -> None:
        self.where, self.seconds = where, seconds
        super().__init__(f"{where}: locked by another program for {seconds:g} seconds. Nothing was changed; try again.")


class QueueBroken(StoreError):
    """The database refused a statement; `kind` is its own class of error, without any value."""

    def __init__(self, where: str, *, kind: str) -> None:
        self.where, self.kind = where, kind
        super().__init__(
            f"{where}: the database refused ({kind}). Check disk space and permissions, or restore a backup."
        )


class NoSuchItem(StoreError):
    """The queue holds no item, thread or decision of that number or name."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what}: not in this queue. `stance queue list` shows what is.")


class StaleItem(StoreError):
    """What was to be decided has changed, or is held by somebody else; nothing was written.

    `stale` are the items' ids, `why` says it of the first.
    """

    def __init__(self, stale: Iterable[int], *, why: str) -> None:
        self.stale, self.why = tuple(stale), why
        shown = ", ".join(map(str, self.stale[:_SHOWN_IDS])) + (" ..." if len(self.stale) > _SHOWN_IDS else "")
        super().__init__(f"item {shown}: {why}. Nothing was decided; read it again and decide on what it is now.")


class Erased(StoreError):
    """The item's text was erased; nothing can be decided on it."""

    def __init__(self, item_id: int) -> None:
        self.item_id = item_id
        super().__init__(f"item {item_id}: its text was erased, so nothing can be done with it. Take the next one.")


class NothingToUndo(StoreError):
    """No decision can be taken back."""

    def __init__(self, who: str, *, why: str) -> None:
        self.who, self.why = who, why
        super().__init__(f"{who}: {why}. `stance queue list --state rejected` and the like find decided items.")


class NoSuchUser(StoreError):
    """No user of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"user {name[:60]!a}: not known. `stance users list` shows all.")


class UserExists(StoreError):
    """A user of that name is there already."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"user {name[:60]!a}: is there already. Give another name, or change that user.")


class NoSuchKey(StoreError):
    """No API key has that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"API key {name[:60]!a}: there is none of that name. `stance keys list` names them all.")


class KeyExists(StoreError):
    """An API key of that name is there already."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"API key {name[:60]!a}: is there already. Give another name, or remove that key first.")


class TooFewDecisions(StoreError):
    """Not enough was decided to learn from."""

    def __init__(self, *, n_rejected: int, n_approved: int, wanted: int) -> None:
        self.n_rejected, self.n_approved, self.wanted = n_rejected, n_approved, wanted
        missing = [
            f"{wanted - n:,} more {what}"
            for n, what in ((n_rejected, "rejected"), (n_approved, "approved"))
            if n < wanted
        ]
        super().__init__(
            f"{n_rejected:,} rejected and {n_approved:,} approved comments are too few to learn from; "
            f"decide {' and '.join(missing)} first."
        )
