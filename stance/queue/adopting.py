"""Putting a policy in force: everything in the queue is ranked anew by it, from what the judge said once."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from stance.queue.lanes import lane_scores, lanes_of_lines
from stance.queue.ledger import lock, note_change, read_setting, remember_policy, write_setting
from stance.queue.listing import as_thread, read_thread
from stance.queue.loading import place_rows, write_scores
from stance.queue.moderation import ItemState
from stance.queue.packing import pack, unpack_policy
from stance.queue.ranking import rank
from stance.queue.tables import items, policies, texts, threads
from stance.records import Policy

_IN_FORCE = "policy_in_force"


def put_in_force(connection: Connection, policy: Policy, *, now: int) -> list[int]:
    """Make a policy the one that later threads are ranked by; return the numbers of the threads to rank anew."""
    remember_policy(connection, policy, now=now)
    write_setting(connection, _IN_FORCE, policy.digest)
    return list(connection.execute(select(threads.c.id).order_by(threads.c.id)).scalars())


def read_in_force(connection: Connection) -> Policy | None:
    """Return the policy that was put in force, None where none was."""
    digest = read_setting(connection, _IN_FORCE)
    if digest is None:
        return None
    lines = connection.execute(select(policies.c.lines).where(policies.c.digest == digest)).scalar_one()
    return unpack_policy(lines, digest=digest)


def rank_anew(connection: Connection, thread_id: int, policy: Policy) -> int:
    """Rank one thread by a policy; return how many items changed. States, versions and leases stay."""
    lock(connection, "load")
    stored = read_thread(connection, thread_id)
    entries = stored.entries
    ranked = rank(
        [entry.judgement for entry in entries],
        thread=as_thread(stored),
        replies=[entry.reply for entry in entries],
        actors=stored.actors,
        mentions=[mention for entry in entries for mention in entry.mentions],
        policy=policy,
    )
    by_comment = {entry.comment.id: entry for entry in entries}
    lane_by_line = lanes_of_lines(policy)
    wanted = select(items).where(items.c.thread_id == thread_id, items.c.policy_digest != policy.digest)
    rows = {row.id: row for row in connection.execute(wanted.order_by(items.c.id).with_for_update())}
    n_changed = 0
    for place in ranked:
        row = rows.get(by_comment[place.comment_id].item_id)
        if row is None or row.state == ItemState.ERASED.value:
            continue
        lanes = lane_scores(place.reasons, lane_by_line)
        scores = {"priority": place.priority, "uncertainty": place.uncertainty, "lanes": " ".join(lanes)}
        connection.execute(update(items).where(items.c.id == row.id).values(**scores, policy_digest=policy.digest))
        connection.execute(update(texts).where(texts.c.item_id == row.id).values(reasons=pack(place.reasons)))
        newest = float((row.loaded_at if row.posted_at is None else row.posted_at) + row.place)
        write_scores(connection, row.id, place_rows(place, lanes, newest=newest), state=row.state)
        n_changed += 1
    if n_changed:
        note_change(connection, "rescored")
    return n_changed
