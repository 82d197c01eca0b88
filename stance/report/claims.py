"""Claims to check beside what persuades, and the words that carry stances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stance.out import snip
from stance.records import Device, Stance
from stance.report.facts import LIKELY, Facts, Sentence
from stance.report.palette import BLUE, INK, LINE, SOFT, STANCE_SIGNS, VERMILION
from stance.report.picture import Picture, Table
from stance.report.words import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_CLAIMS: Final = 40
_MOST_ROWS: Final = 40
_MOST_ACTORS: Final = 8
_MOST_A_SIDE: Final = 5
_SENTENCE_CELLS: Final = 320
_WORDS_CELLS: Final = 90
_LABEL_CELLS: Final = 14
_INCHES_A_ROW: Final = 0.24


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence worth a check, with what persuades in it."""

    call: str
    text: str
    claim: float
    check_worthy: float
    rhetoric: float
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One comment's stance and the words that carry it."""

    call: str
    sign: str
    label: str
    probability: float
    sure: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedTo:
    """The words that carry stances toward one actor; `n_left` more are not shown."""

    actor: str
    stances: tuple[Carried, ...]
    n_left: int


def list_claims(facts: Facts) -> tuple[list[Claim], int]:
    """Return the sentences most worth a check, likeliest first, and how many more there are."""
    worthy = [sentence for sentence in facts.sentences if sentence.score.check_worthy >= LIKELY]
    worthy.sort(key=lambda sentence: -sentence.score.check_worthy)
    return [_claim(facts, sentence) for sentence in worthy[:_MOST_CLAIMS]], max(0, len(worthy) - _MOST_CLAIMS)


def _claim(facts: Facts, sentence: Sentence) -> Claim:
    score = sentence.score
    return Claim(
        call=facts.call(sentence.comment.id),
        text=snip(sentence.text, _SENTENCE_CELLS),
        claim=score.claim,
        check_worthy=score.check_worthy,
        rhetoric=score.rhetoric,
        devices=devices_in(score.devices.items()),
    )


def devices_in(devices: Iterable[tuple[Device, float]]) -> tuple[str, ...]:
    """Return the names of the devices that are likelier there than not, likeliest first."""
    likely = sorted((pair for pair in devices if pair[1] >= LIKELY), key=lambda pair: -pair[1])
    return tuple(device.value.replace("_", " ") for device, _ in likely)


def list_carriers(facts: Facts) -> list[CarriedTo]:
    """Return the words that carry stances, by actor: of the most spoken of the surest stances."""
    by_actor: dict[str, list[tuple[float, Carried]]] = {}
    for one in facts.stances:
        score = one.score
        if not score.spans or score.label is Stance.NEUTRAL:
            continue
        words = " … ".join(one.comment.text[span.start : span.end] for span in score.spans)
        probability = score.probabilities[score.label]
        carried = Carried(
            call=facts.call(one.comment.id),
            sign=STANCE_SIGNS[score.label],
            label=score.label.value,
            probability=probability,
            sure=score.sure,
            words=snip(words, _WORDS_CELLS),
        )
        by_actor.setdefault(score.actor_id, []).append((probability, carried))
    order = [tally for tally in facts.tallies if tally.actor_id in by_actor][:_MOST_ACTORS]
    found = []
    for tally in order:
        held = sorted(by_actor[tally.actor_id], key=lambda pair: -pair[0])
        kept = tuple(carried for _, carried in held[:_MOST_A_SIDE])
        found.append(CarriedTo(actor=tally.name, stances=kept, n_left=len(held) - len(kept)))
    return found


def draw_speech(facts: Facts) -> Picture | None:
    """Return a picture of how much of each comment claims and how much persuades; None where no sentence is scored."""
    held: dict[int, list[Sentence]] = {}
    for sentence in facts.sentences:
        held.setdefault(facts.place_of[sentence.comment.id], []).append(sentence)
    if not held:
        return None
    kept = sorted(sorted(held, key=lambda place: -len(held[place]))[:_MOST_ROWS])
    claims = [sum(one.score.claim >= LIKELY for one in held[place]) for place in kept]
    rhetoric = [sum(one.score.rhetoric >= LIKELY for one in held[place]) for place in kept]
    totals = [len(held[place]) for place in kept]
    labels = [snip(facts.call(facts.comments[place].id), _LABEL_CELLS) for place in kept]

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        _bars(left, claims, totals, title="Claims", colour=BLUE)
        _bars(right, rhetoric, totals, title="Rhetoric", colour=VERMILION, hatch="////")
        left.set_yticks(range(len(kept)), labels, color=INK)
        left.set_ylim(len(kept) - 0.4, -0.6)
        figure.subplots_adjust(left=0.24 if max(map(len, labels)) > 4 else 0.1, right=1, wspace=0.08)

    n_left = len(held) - len(kept)
    note = f"The picture has the {len(kept):,} comments with most sentences; {n_left:,} are left out." if n_left else ""
    n_claims = sum(one.score.claim >= LIKELY for one in facts.sentences)
    n_rhetoric = sum(one.score.rhetoric >= LIKELY for one in facts.sentences)
    counted = f"of {count(len(facts.sentences), 'sentence')}, {n_claims:,} claim and {n_rhetoric:,} are rhetoric"
    return Picture(
        name="speech",
        title="Sentences that claim, and sentences that persuade",
        about=f"Two bars for each comment: {counted}.",
        note=note,
        table=_table(facts),
        draw=draw,
        height_inches=0.5 + _INCHES_A_ROW * len(kept),
    )


def _bars(
    axes: Axes, numbers: Sequence[int], totals: Sequence[int], *, title: str, colour: str, hatch: str = ""
) -> None:
    rows, most = range(len(totals)), max(totals)
    axes.barh(rows, totals, color="none", edgecolor=LINE, height=0.68, linewidth=0.8)
    fill = "none" if hatch else colour
    axes.barh(rows, numbers, color=fill, edgecolor=colour, height=0.68, linewidth=0.8, hatch=hatch or None)
    for row, (n, total) in enumerate(zip(numbers, totals, strict=True)):
        axes.text(total + 0.02 * most, row, f" {n}/{total}", color=SOFT, va="center", fontsize=8)
    axes.set_title(title, loc="left", fontweight="bold", fontsize=9.5)
    axes.set_xlim(0, most * 1.25)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _table(facts: Facts) -> Table:
    return Table(
        columns=("comment", "start", "end", "claim", "check_worthy", "rhetoric", "devices", "sentence"),
        rows=[
            (
                one.comment.number,
                one.score.start,
                one.score.end,
                round(one.score.claim, 4),
                round(one.score.check_worthy, 4),
                round(one.score.rhetoric, 4),
                ", ".join(devices_in(one.score.devices.items())),
                snip(one.text, _SENTENCE_CELLS),
            )
            for one in facts.sentences
        ],
    )
