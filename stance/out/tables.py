"""Who holds what of whom, who rebuts whom, and what is claimed rather than urged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from stance.out.plain import pad
from stance.out.sheet import Sheet
from stance.records import ARTICLE, Judgement, Relation, SentenceScore, Stance, StanceScore

_MOST_ROWS: Final = 200
_MOST_REBUTTALS: Final = 40
_COLUMNS: Final = (14, 9)
"""Cells of a name at most: wide where all actors fit so, else narrow to fit more of them."""
_NARROWEST_COLUMN: Final = 6
_NAME_COLUMN: Final = 19
_SURE: Final = 0.8
_LIKELY: Final = 0.5
_DOUBT: Final = "?"
_STYLES: Final = {Stance.FAVOR: "green", Stance.AGAINST: "red", Stance.NEUTRAL: "yellow"}


def print_stances(sheet: Sheet) -> None:
    """Print comments against actors; the actors that most comments speak of come first, as many as fit."""
    sheet.heading("Stances", aside="what each comment shows toward whom")
    judgements = [judgement for judgement in sheet.analysis.judgements if judgement.stances]
    if not judgements:
        sheet.print(Text("No comment speaks of an actor.", style="dim"))
        return
    counts = Counter(score.actor_id for judgement in judgements for score in judgement.stances)
    actor_ids = [actor_id for actor_id, _ in counts.most_common()]
    heads = _fitting(sheet, actor_ids)
    sheet.print(
        Text(" " * _NAME_COLUMN),
        *(Text(_centred(head, len_) + " ", style="bold") for head, len_ in heads),
    )
    shown_ids = actor_ids[: len(heads)]
    for judgement in judgements[:_MOST_ROWS]:
        _print_stance_row(sheet, judgement, shown_ids, heads)
    _print_totals(sheet, judgements, shown_ids, heads)
    _print_legend(sheet, in_doubt=any(not score.sure for one in judgements for score in one.stances))
    sheet.left_out(len(judgements) - _MOST_ROWS, "comments")
    sheet.left_out(len(actor_ids) - len(heads), "actors")


def _fitting(sheet: Sheet, actor_ids: Sequence[str]) -> list[tuple[str, int]]:
    """Return as many heads as fit beside each other, each with its column's cells; one at least."""
    heads: list[tuple[str, int]] = []
    for widest in _COLUMNS:
        heads, used = [], _NAME_COLUMN
        for actor_id in actor_ids:
            head = sheet.snip(sheet.actor(actor_id), widest)
            cells = max(_NARROWEST_COLUMN, cell_len(head))
            used += cells + 1
            if used > sheet.width and heads:
                break
            heads.append((head, cells))
        if len(heads) == len(actor_ids):
            break
    return heads


def _print_stance_row(
    sheet: Sheet, judgement: Judgement, actor_ids: Sequence[str], heads: Sequence[tuple[str, int]]
) -> None:
    scores = {score.actor_id: score for score in judgement.stances}
    if not scores.keys() & set(actor_ids):
        return
    line = [Text(pad(sheet.call(judgement.comment_id), _NAME_COLUMN))]
    for actor_id, (_, cells) in zip(actor_ids, heads, strict=True):
        sign, style = _sign(sheet, scores.get(actor_id))
        line.append(Text(_centred(sign, cells) + " ", style=style))
    sheet.print(*line)


def _sign(sheet: Sheet, score: StanceScore | None) -> tuple[str, str]:
    """Return the sign and style of a stance; doubled where it is sure, in doubt where the model would not answer."""
    if score is None:
        return sheet.marks.silent, "dim"
    signs = {
        Stance.FAVOR: sheet.marks.favor,
        Stance.AGAINST: sheet.marks.against,
        Stance.NEUTRAL: sheet.marks.neutral,
    }
    sure = score.probabilities[score.label] >= _SURE and score.label is not Stance.NEUTRAL
    sign = signs[score.label] * (2 if sure else 1) + ("" if score.sure else _DOUBT)
    return sign, ("bold " if sure else "") + _STYLES[score.label]


def _print_totals(
    sheet: Sheet, judgements: Sequence[Judgement], actor_ids: Sequence[str], heads: Sequence[tuple[str, int]]
) -> None:
    counts = Counter((score.actor_id, score.label) for judgement in judgements for score in judgement.stances)
    line = [Text(pad("all", _NAME_COLUMN), style="bold")]
    for actor_id, (_, cells) in zip(actor_ids, heads, strict=True):
        favor, against = counts[actor_id, Stance.FAVOR], counts[actor_id, Stance.AGAINST]
        total = Text()
        total.append(f"{sheet.marks.favor}{favor}" if favor else "", style=_STYLES[Stance.FAVOR])
        total.append(" " if favor and against else "")
        total.append(f"{sheet.marks.against}{against}" if against else "", style=_STYLES[Stance.AGAINST])
        free = max(0, cells + 1 - cell_len(total.plain))
        line += [Text(" " * (free // 2)), total, Text(" " * (free - free // 2))]
    sheet.print(*line)


def _print_legend(sheet: Sheet, *, in_doubt: bool) -> None:
    marks = sheet.marks
    sheet.print(
        Text(marks.favor, style="green"),
        Text(" favor   "),
        Text(marks.against, style="red"),
        Text(" against   "),
        Text(marks.neutral, style="yellow"),
        Text(f" neutral   {marks.silent} not spoken of   doubled: {_SURE:.2f} and surer"),
        Text(f"   {_DOUBT} not sure" if in_doubt else ""),
    )


def print_rebuttals(sheet: Sheet) -> None:
    """Print who rebuts whom, the surest first."""
    sheet.heading("Rebuttals")
    pairs = [
        (judgement.relation[Relation.REBUT], reply)
        for reply, judgement in zip(sheet.analysis.replies, sheet.analysis.judgements, strict=True)
        if judgement.relation_label is Relation.REBUT
    ]
    pairs.sort(key=lambda pair: -pair[0])
    if not pairs:
        sheet.print(Text("No comment is likelier a rebuttal than something else.", style="dim"))
    for probability, reply in pairs[:_MOST_REBUTTALS]:
        parent = "the article" if reply.parent_id == ARTICLE else sheet.call(reply.parent_id)
        sheet.print(
            Text(pad(sheet.call(reply.comment_id), _NAME_COLUMN), style="bold"),
            Text("rebuts ", style="red"),
            Text(pad(parent, _NAME_COLUMN)),
            Text(f"{probability:.2f} "),
            Text(sheet.bar(probability, 10), style="red"),
        )
    sheet.left_out(len(pairs) - _MOST_REBUTTALS, "rebuttals")


def print_claims(sheet: Sheet) -> None:
    """Print how much of each comment claims and how much persuades, and its surest claim."""
    sheet.heading("Claims and rhetoric", aside="sentences of each comment, likelier so than not")
    cells = 10 if sheet.width >= 100 else 5
    column = cells + 7
    head = f"{pad('', 6)}{pad('claims', column)} {pad('rhetoric', column)} surest claim"
    sheet.print(Text(head, style="bold"))
    for judgement in sheet.analysis.judgements[:_MOST_ROWS]:
        number = Text(pad(sheet.number(judgement.comment_id), 6), style="bold")
        if not judgement.sentences:
            sheet.print(number, Text("no sentence in its own words", style="dim"))
            continue
        claims = Text(_tally(sheet, [sentence.claim for sentence in judgement.sentences], cells), style="blue")
        rhetoric = Text(_tally(sheet, [sentence.rhetoric for sentence in judgement.sentences], cells), style="magenta")
        room = sheet.width - 6 - 2 * (column + 1)
        sheet.print(number, claims, Text(" "), rhetoric, Text(" "), _surest(sheet, judgement, room))
    sheet.left_out(len(sheet.analysis.judgements) - _MOST_ROWS, "comments")


def _tally(sheet: Sheet, probabilities: Sequence[float], cells: int) -> str:
    """Return how many of a comment's sentences likely are so, in figures and as a bar."""
    n_likely = sum(probability >= _LIKELY for probability in probabilities)
    figures = f"{n_likely}/{len(probabilities)}"
    return pad(f"{pad(figures, max(6, len(figures) + 1))}{sheet.bar(n_likely / len(probabilities), cells)}", cells + 7)


def _surest(sheet: Sheet, judgement: Judgement, room: int) -> Text:
    """Return the sentence that most surely claims, where one likely does."""
    sentence: SentenceScore = max(judgement.sentences, key=lambda sentence: sentence.claim)
    if sentence.claim < _LIKELY:
        return Text("none", style="dim")
    text = sheet.comments[judgement.comment_id].text[sentence.start : sentence.end]
    return Text(sheet.snip(text, room))


def _centred(text: str, cells: int) -> str:
    free = max(0, cells - cell_len(text))
    return " " * (free // 2) + text + " " * (free - free // 2)
