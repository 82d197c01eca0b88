"""Measure a moderation queue: loading, listing, searching, leasing and deciding, on SQLite or PostgreSQL.

    python scripts/bench_queue.py                                  100,000 items in a temporary file
    python scripts/bench_queue.py --items 10000 --queue URL        in an empty database

Comments and judgements are made up; no model is asked. Prints one JSON object: items a second for loading, and
milliseconds (median, 95th percentile, and the processor time of this process, which other work on the machine stretches
less) for everything else.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stance.queue import STORE_ORDERS, Action, ItemFilter, ItemState, Store, load_policy, open_store, rank
from stance.records import (
    ARTICLE,
    Actor,
    ActorKind,
    Analysis,
    Article,
    Attribute,
    Comment,
    Judgement,
    Mention,
    Order,
    Relation,
    Reply,
    SentenceScore,
    Stance,
    StanceScore,
    Thread,
)

POLICY = load_policy()
WORDS = """bridge council river winter money road vote plan mayor stone repair water village engineer budget promise
school market harbour mill forest letter answer paper meeting trade tower train street garden""".split()
RARE = [f"{first}{second}" for first in WORDS for second in WORDS]
COMMENTS_A_THREAD = 100
CHUNK_THREADS = 50


def made_up_thread(number: int, chance: random.Random, *, n_comments: int = COMMENTS_A_THREAD) -> Analysis:
    """One thread of a hundred comments, judged at random: most harmless, a few bad."""
    comments = tuple(made_up_comment(number, n, chance) for n in range(n_comments))
    replies = tuple(
        Reply(comment_id=one.id, parent_id=comments[chance.randrange(n)].id if n else ARTICLE, probability=0.8)
        for n, one in enumerate(comments)
    )
    mentions = tuple(Mention(comment_id=one.id, actor_id="Northland", start=0, end=9) for one in comments)
    actors = (
        Actor(id="Northland", name="Northland", kind=ActorKind.STATE),
        *(Actor(id=f"commenter {one.number}", name=one.author or "", kind=ActorKind.COMMENTER) for one in comments),
    )
    thread = Thread(
        id=f"thread {number}",
        article=Article(title=f"Meeting {number}"),
        comments=comments,
        order=Order.OLDEST_FIRST,
        order_probability=1.0,
    )
    judgements = tuple(made_up_judgement(one, chance) for one in comments)
    queue = rank(judgements, thread=thread, replies=replies, actors=actors, mentions=mentions, policy=POLICY)
    return Analysis(
        thread=thread,
        replies=replies,
        actors=actors,
        mentions=mentions,
        judgements=judgements,
        queue=queue,
        model_id="made-up@0",
        policy_digest=POLICY.digest,
        version="0",
    )


def made_up_comment(thread: int, n: int, chance: random.Random) -> Comment:
    """One comment of 46 words, a few of them rare."""
    words = [*chance.choices(WORDS, k=40), *chance.choices(RARE, k=5)]
    chance.shuffle(words)
    posted_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=60 * thread + n)
    text = f"Northland {' '.join(words[:20])}. {' '.join(words[20:])}."
    return Comment(id=f"c{n}", text=text, number=n + 1, author=f"author {chance.randrange(5000)}", posted_at=posted_at)


def made_up_judgement(comment: Comment, chance: random.Random) -> Judgement:
    """A judgement with low probabilities likelier than high ones."""
    against = chance.random()
    middle = comment.text.index(".") + 1
    spans = ((0, middle), (middle + 1, len(comment.text)))
    return Judgement(
        comment_id=comment.id,
        relation=dict(zip(Relation, (0.4, 0.2, 0.1, 0.3), strict=True)),
        stances=(
            StanceScore(
                actor_id="Northland",
                probabilities={Stance.AGAINST: against, Stance.FAVOR: 0.0, Stance.NEUTRAL: 1 - against},
            ),
        ),
        sentences=tuple(
            SentenceScore(start=start, end=end, claim=chance.random(), check_worthy=chance.random(), rhetoric=0.4)
            for start, end in spans
        ),
        attributes={name: chance.random() ** 3 for name in Attribute},
    )


def milliseconds(
    ask: Callable[[], object], *, times: int, cpu_seconds: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Ask many times; return the median, the 95th percentile, and the mean of the processor's time.

    `cpu_seconds` tells how long the process that answers has had the processor so far.
    """
    taken = []
    cpu_began = cpu_seconds()
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (cpu_seconds() - cpu_began) / times
    p95 = statistics.quantiles(taken, n=20)[-1]
    return {"median": round(statistics.median(taken), 2), "p95": round(p95, 2), "cpu": round(cpu, 2)}


def load(store: Store, n_items: int) -> dict[str, int]:
    """Load made-up threads; return items a second by the clock and by the processor, the making of them left out."""
    chance, seconds, cpu_seconds = random.Random(0), 0.0, 0.0
    for chunk in chunks(n_items, chance):
        began, cpu_began = time.perf_counter(), time.process_time()
        store.load(chunk, policy=POLICY)
        seconds += time.perf_counter() - began
        cpu_seconds += time.process_time() - cpu_began
    return {"a second": round(n_items / seconds), "a cpu second": round(n_items / cpu_seconds)}


def chunks(n_items: int, chance: random.Random) -> Iterator[list[Analysis]]:
    """Give threads by the fifty, so that few are in memory at once."""
    n_threads = n_items // COMMENTS_A_THREAD
    for start in range(0, n_threads, CHUNK_THREADS):
        yield [made_up_thread(n, chance) for n in range(start, min(start + CHUNK_THREADS, n_threads))]


def measure(store: Store, *, times: int) -> dict[str, dict[str, float]]:
    """Return the figures of everything that a page asks for."""
    found = {}
    for order in STORE_ORDERS:
        found[f"items by {order}"] = milliseconds(lambda order=order: store.items(order=order), times=times)
    page = store.items()
    found["second page"] = milliseconds(lambda: store.items(after=page.after), times=times)
    wanted = {
        "lane": ItemFilter(lane="claims"),
        "actor and stance": ItemFilter(actor="Northland", stance=Stance.AGAINST),
        "author": ItemFilter(author="author 17"),
        "thread": ItemFilter(thread_id="thread 7"),
        "priority": ItemFilter(min_priority=0.5),
        "search, common word": ItemFilter(search="bridge"),
        "search, rare word": ItemFilter(search="bridgebridge"),
        "search, nothing found": ItemFilter(search="zeppelin"),
        "nothing in that state": ItemFilter(state=ItemState.ESCALATED),
    }
    for name, one in wanted.items():
        found[name] = milliseconds(lambda one=one: store.items(one), times=times)
    found["lanes"] = milliseconds(store.lanes, times=times)
    item_id = page.items[0].id
    found["item"] = milliseconds(lambda: store.item(item_id), times=times)
    found["thread of an item"] = milliseconds(lambda: store.thread(item_id), times=times)
    return found | measure_work(store, times=times)


def measure_work(store: Store, *, times: int) -> dict[str, dict[str, float]]:
    """Return the figures of leasing and deciding, from the front of the queue on."""
    leases = []
    leasing = milliseconds(lambda: leases.append(store.lease(f"moderator {len(leases)}")), times=times)

    def decide() -> None:
        lease = leases.pop()
        store.decide(lease.item_id, version=lease.version, moderator=lease.moderator, action=Action.REJECT)

    deciding = milliseconds(decide, times=times)
    return {"lease": leasing, "decide": deciding}


def main() -> None:
    """Load, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=100, help="how often each question is asked")
    parser.add_argument("--queue", help="an empty database's URL, or a new file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(given.queue or Path(folder) / "queue.db") as store:
        loaded = load(store, given.items)
        figures = measure(store, times=given.times)
    print(json.dumps({"items": given.items, "loaded": loaded, "milliseconds": figures}, indent=2))


if __name__ == "__main__":
    main()
