"""`stance queue load|next|decide|undo|list|golden|reviews`: working through a queue."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.analyze import (
    CastOption,
    ModelOption,
    OutOption,
    PolicyOption,
    QueueOrder,
    judged_threads,
    load_into,
)
from stance.cli.output import writing
from stance.cli.queue_words import page_of_items, shown_item, to_json, told_decision
from stance.cli.reading import PageArgument, Reading, takes_reading
from stance.cli.serve import QueueArgument, login_name
from stance.queue import (
    LANE_WORDS,
    Action,
    Cursor,
    ItemFilter,
    ItemState,
    RejectReason,
    ReviewRates,
)
from stance.records import Stance

if TYPE_CHECKING:
    from stance.queue import Store, StoreOrder


class ListOrder(StrEnum):
    """What stands first in a list or is given first."""

    RISK = "risk"
    UNCERTAIN = "uncertain"
    HYBRID = "hybrid"
    NEWEST = "newest"


class ListFormat(StrEnum):
    """How items are written."""

    TEXT = "text"
    JSONL = "jsonl"


class Verdict(StrEnum):
    """What a moderator can do with an item."""

    APPROVE = "approve"
    REJECT = "reject"
    ESCALATE = "escalate"
    DEFER = "defer"


class KnownAnswer(StrEnum):
    """What a golden item should be answered with; `none` makes it an ordinary item again."""

    APPROVE = "approve"
    REJECT = "reject"
    NONE = "none"


LaneOption = Annotated[str, typer.Option(metavar="LANE", help=f"One of {', '.join(LANE_WORDS)}.")]
ThreadIdOption = Annotated[str | None, typer.Option("--thread", metavar="ID", help="Only this thread.")]
AuthorOption = Annotated[str | None, typer.Option(metavar="NAME", help="Only comments of this author.")]
ActorOption = Annotated[str | None, typer.Option(metavar="ACTOR", help="Only comments that speak of this actor.")]
StanceOption = Annotated[Stance | None, typer.Option(help="Only comments that hold this of the actor, or of any.")]
PriorityOption = Annotated[float | None, typer.Option(min=0, max=1, help="Only items of at least this priority.")]
SearchOption = Annotated[str, typer.Option(metavar="WORDS", help="Only comments that hold all these words.")]
ModeratorOption = Annotated[str | None, typer.Option(metavar="NAME", help="Who works.", show_default="your login")]
ItemArgument = Annotated[int, typer.Argument(metavar="ITEM", help="The item's number.")]
FormOption = Annotated[ListFormat, typer.Option("--format", help="For a person, or for a machine.")]
OrderOption = Annotated[ListOrder, typer.Option(help="What comes first.")]


@takes_reading
def load_command(
    queue: QueueArgument,
    page: PageArgument,
    *,
    how: Reading,
    policy: PolicyOption = None,
    cast: CastOption = None,
    model: ModelOption = None,
) -> None:
    """Judge the threads of PAGE and bring them into QUEUE, which is made where there is none.

    They are ranked by --policy, or the policy in force in the queue, or the shipped one.
    """
    with judged_threads(page, how, policy=policy, cast=cast, order=QueueOrder.RISK, model=model, queue=queue) as judged:
        load_into(queue, judged.analyses, policy=judged.policy)


def next_command(
    queue: QueueArgument,
    *,
    moderator: ModeratorOption = None,
    order: OrderOption = ListOrder.RISK,
    lane: LaneOption = "all",
    thread_id: ThreadIdOption = None,
    form: FormOption = ListFormat.TEXT,
) -> None:
    """Take the next open item for ten minutes and show it; say so where nothing is left."""
    with open_queue(queue) as store:
        lease = store.lease(
            moderator or login_name(), wanted=_filter(lane=lane, thread_id=thread_id), order=order.value
        )
        if lease is None:
            typer.echo("stance: nothing is left that you could take", err=True)
            return
        item = store.item(lease.item_id)
        if form is ListFormat.JSONL:
            typer.echo(to_json(item))
        else:
            typer.echo(shown_item(item, store.thread(lease.item_id), expires_at=lease.expires_at))


def decide_command(
    queue: QueueArgument,
    item_id: ItemArgument,
    action: Annotated[Verdict, typer.Argument(help="What to do with it.")],
    *,
    moderator: ModeratorOption = None,
    reason: Annotated[RejectReason | None, typer.Option(help="Why, with reject or escalate.")] = None,
    note: Annotated[str, typer.Option(metavar="WORDS", help="A note for other moderators.")] = "",
    seconds: Annotated[float | None, typer.Option(min=0, help="How long it took.")] = None,
    version: Annotated[
        int | None,
        typer.Option(metavar="N", help="The version that you saw.", show_default="that of the item you hold"),
    ] = None,
) -> None:
    """Decide on an item: the one that you hold, or with --version any that nobody else does."""
    if reason is not None and action not in {Verdict.REJECT, Verdict.ESCALATE}:
        raise typer.BadParameter("--reason goes with reject or escalate")
    name = moderator or login_name()
    with open_queue(queue) as store:
        seen = store.renew(item_id, moderator=name).version if version is None else version
        decision = store.decide(
            item_id,
            version=seen,
            moderator=name,
            action=Action(action.value),
            reason=reason,
            note=note,
            seconds=seconds,
        )
    typer.echo(told_decision(decision))


def undo_command(
    queue: QueueArgument,
    *,
    moderator: ModeratorOption = None,
    decision: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Which decision.", show_default="your last")
    ] = None,
    others: Annotated[bool, typer.Option("--others", help="Also one of somebody else.")] = False,
) -> None:
    """Take a decision back by a further one; of several made at once, all."""
    with open_queue(queue) as store:
        for undone in store.undo(moderator=moderator or login_name(), sequence=decision, others=others):
            typer.echo(told_decision(undone))


def list_command(
    queue: QueueArgument,
    *,
    state: Annotated[ItemState, typer.Option(help="Only items in this state.")] = ItemState.OPEN,
    lane: LaneOption = "all",
    order: OrderOption = ListOrder.RISK,
    thread_id: ThreadIdOption = None,
    author: AuthorOption = None,
    actor: ActorOption = None,
    stance: StanceOption = None,
    min_priority: PriorityOption = None,
    search: SearchOption = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many items.")] = 25,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="Go on where an earlier list ended.")] = None,
    form: FormOption = ListFormat.TEXT,
    out: OutOption = None,
) -> None:
    """List items with their beginnings and weightiest reasons."""
    wanted = _filter(
        state=state,
        lane=lane,
        thread_id=thread_id,
        author=author,
        actor=actor,
        stance=stance,
        min_priority=min_priority,
        search=search,
    )
    try:
        cursor = Cursor.parse(after) if after else None
    except ValueError as error:
        raise typer.BadParameter("--after wants what an earlier list ended with") from error
    by: StoreOrder = order.value
    with open_queue(queue) as store, writing(out) as stream:
        page = store.items(wanted, order=by, limit=limit, after=cursor)
        if form is ListFormat.JSONL:
            stream.writelines(f"{to_json(item)}\n" for item in page.items)
        else:
            stream.write(page_of_items(page))


def golden_command(
    queue: QueueArgument,
    item_id: ItemArgument,
    answer: Annotated[KnownAnswer, typer.Argument(help="The answer that it should get.")],
    *,
    moderator: ModeratorOption = None,
) -> None:
    """Set the known answer of an item, by which moderators are measured."""
    action = None if answer is KnownAnswer.NONE else Action(answer.value)
    with open_queue(queue) as store:
        store.set_golden(item_id, action, moderator=moderator or login_name())


def reviews_command(
    queue: QueueArgument,
    *,
    second: Annotated[
        float | None, typer.Option(min=0, max=1, help="The share of items another moderator decided already.")
    ] = None,
    golden: Annotated[float | None, typer.Option(min=0, max=1, help="The share with a known answer.")] = None,
) -> None:
    """Show or set how often a moderator is given a review, to measure how far they agree."""
    with open_queue(queue) as store:
        rates = store.review_rates()
        if second is not None or golden is not None:
            rates = ReviewRates(
                second=rates.second if second is None else second, golden=rates.golden if golden is None else golden
            )
            if rates.second + rates.golden > 1:
                raise typer.BadParameter("--second and --golden together are more than 1")
            store.set_review_rates(rates)
    typer.echo(f"second reviews {rates.second:g}, golden items {rates.golden:g}")


def open_queue(queue: str) -> Store:
    """Open a queue that is there."""
    from stance.queue import open_store

    return open_store(queue, create=False)


def _filter(
    *,
    state: ItemState = ItemState.OPEN,
    lane: str = "all",
    thread_id: str | None = None,
    author: str | None = None,
    actor: str | None = None,
    stance: Stance | None = None,
    min_priority: float | None = None,
    search: str = "",
) -> ItemFilter:
    if lane not in LANE_WORDS:
        raise typer.BadParameter(f"--lane wants one of {', '.join(LANE_WORDS)}")
    return ItemFilter(
        state=state,
        lane=lane,
        thread_id=thread_id,
        author=author,
        actor=actor,
        stance=stance,
        min_priority=min_priority,
        search=search,
    )
