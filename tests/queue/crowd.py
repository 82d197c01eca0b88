"""Moderators who work through one queue at once, each a process: run as a program by the tests.

Prints what each of them was told was decided or taken back, one JSON object a line.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys

from stance.queue import Action, NothingToUndo, RejectReason, StaleItem, open_store

ACTIONS = (Action.APPROVE, Action.REJECT, Action.ESCALATE)


def work(address: str, number: int, told: multiprocessing.SimpleQueue) -> None:
    """Take and decide until nothing is left; now and then let go, take back, or try what somebody else decided."""
    name, chance = f"moderator {number}", random.Random(number)
    with open_store(address, create=False) as store:
        while (lease := store.lease(name)) is not None:
            drawn = chance.random()
            if drawn < 0.05:
                store.release(lease.item_id, moderator=name)
                continue
            action = chance.choice(ACTIONS)
            reason = RejectReason.OTHER if action is Action.REJECT else None
            made = store.decide(
                lease.item_id, version=lease.version, moderator=name, action=action, reason=reason, seconds=drawn
            )
            told.put(("decided", name, made.sequence, made.item_id, made.hash))
            if drawn < 0.10:
                take_back(store, name, told)
            elif drawn < 0.15:
                decide_again(store, name, lease, told)
    told.put(None)


def take_back(store, name, told):
    try:
        (undone,) = store.undo(moderator=name)
    except NothingToUndo:
        return
    told.put(("undone", name, undone.sequence, undone.item_id, undone.hash))


def decide_again(store, name, lease, told):
    """Send a decision twice, as a page does whose answer was lost on the way."""
    try:
        made = store.decide(lease.item_id, version=lease.version, moderator=name, action=Action.REJECT)
    except StaleItem:
        return
    told.put(("decided twice", name, made.sequence, made.item_id, made.hash))


def main(address: str, n_moderators: int) -> None:
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()
    crowd = [context.Process(target=work, args=(address, number, told)) for number in range(n_moderators)]
    for one in crowd:
        one.start()
    n_working = n_moderators
    while n_working:
        line = told.get()
        if line is None:
            n_working -= 1
        else:
            sys.stdout.write(json.dumps(line) + "\n")
    for one in crowd:
        one.join()
    sys.exit(max(one.exitcode or 0 for one in crowd))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
