"""What the decisions teach: what each order buys, a refitted policy, and putting a policy in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stance.queue import adopting
from stance.queue.database import Database
from stance.queue.report import QueueReport, make_report
from stance.records import Policy

if TYPE_CHECKING:
    from stance.queue.learning import Learned


class Lessons:
    """The lessons of one queue; `Store.lessons` gives it."""

    def __init__(self, database: Database, *, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def report(self) -> QueueReport:
        """Return what each order would have found of the rejected, calibration, and how far moderators agree."""
        with self._database.reading() as connection:
            return make_report(connection)

    def learn(self, policy: Policy) -> Learned:
        """Refit a policy to the decisions; nothing changes until `put_in_force`.

        Raises:
            TooFewDecisions: Fewer than 30 comments were rejected, or approved.
        """
        # scikit-learn takes a second to import, and no other method needs it.
        from stance.queue.learning import learn

        with self._database.reading() as connection:
            return learn(connection, policy)

    def put_in_force(self, policy: Policy) -> int:
        """Rank the whole queue by a policy, thread after thread, and all that is loaded from now on; count the items.

        Broken off, it is taken up by doing it again. Decisions, states and versions stay as they are.
        """
        with self._database.writing() as connection:
            thread_ids = adopting.put_in_force(connection, policy, now=self._now())
        n_changed = 0
        for thread_id in thread_ids:
            with self._database.writing() as connection:
                n_changed += adopting.rank_anew(connection, thread_id, policy)
        return n_changed

    def in_force(self) -> Policy | None:
        """Return the policy that was last put in force, None where none was."""
        with self._database.reading() as connection:
            return adopting.read_in_force(connection)
