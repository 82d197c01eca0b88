"""Who rebuts and who backs whom, and whether that parts the commenters into camps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stance.out import snip
from stance.records import ARTICLE, Relation
from stance.report.facts import Facts
from stance.report.palette import BLUE, VERMILION
from stance.report.picture import Picture, Table
from stance.report.ring import Line, Spot, draw_ring
from stance.report.signed import Edge, letter, part
from stance.report.words import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_DRAWN: Final = 28
_NAME_CELLS: Final = 16
_FEWEST_PEOPLE: Final = 6
_FEWEST_RINGS: Final = 3
_LEAST_FITTING: Final = 0.7
_SIGNS: Final = {Relation.REBUT: -1, Relation.SUPPORT: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Camps:
    """Who stands where: `camp_of` is empty where nothing allows to speak of camps; `why` says how or why not.

    `ties` are weights of pairs (who answers, who is answered): above 0 where they mostly back them. `by_author` is
    False where comments stand for their unknown writers.
    """

    names: Mapping[str, str]
    ties: Mapping[Edge, float]
    camp_of: Mapping[str, int]
    by_author: bool
    why: str

    def camp(self, key: str) -> str:
        """Return the letter of somebody's camp, "" for nobody's."""
        return letter(self.camp_of[key]) if key in self.camp_of else ""


def find_camps(facts: Facts) -> Camps:
    """Return who rebuts and backs whom, and the camps where there are enough ties in rings to tell them."""
    by_author = 2 * sum(bool(comment.author) for comment in facts.comments) > len(facts.comments)
    names: dict[str, str] = {}
    key_of: dict[str, str] = {}
    for comment in facts.comments:
        author = comment.author if by_author else None
        key = f"author {author}" if author else f"comment {comment.id}"
        key_of[comment.id] = key
        names.setdefault(key, snip(author, _NAME_CELLS) if author else facts.number(comment.id))
    ties: defaultdict[Edge, float] = defaultdict(float)
    for reply, judgement in zip(facts.analysis.replies, facts.analysis.judgements, strict=True):
        sign = _SIGNS.get(judgement.relation_label)
        if sign is None or reply.parent_id == ARTICLE:
            continue
        one, other = key_of[reply.comment_id], key_of[reply.parent_id]
        if one != other:
            ties[one, other] += sign * judgement.relation[judgement.relation_label] * reply.probability
    camp_of, why = _tell(ties)
    return Camps(names=names, ties=dict(ties), camp_of=camp_of, by_author=by_author, why=why)


def _tell(ties: Mapping[Edge, float]) -> tuple[Mapping[str, int], str]:
    """Return the camps, or none where the ties do not carry them, and why."""
    parting = part(ties)
    if parting.n_nodes < _FEWEST_PEOPLE or parting.n_rings < _FEWEST_RINGS:
        return {}, (
            f"Too few ties to speak of camps: {count(parting.n_nodes, 'node')} and {count(parting.n_rings, 'ring')} "
            f"of replies; wanted are {_FEWEST_PEOPLE} and {_FEWEST_RINGS}. Without rings, any ties fit two camps."
        )
    if parting.n_groups < 2 or parting.fitting < _LEAST_FITTING:
        return (
            {},
            f"The ties part nobody into camps: {parting.fitting:.0%} of their weight fits the best parting found.",
        )
    fitting = f"{parting.fitting:.0%} of the ties' weight fits: supports within a camp, rebuttals between camps"
    return parting.group_of, f"{count(parting.n_groups, 'camp')} of two or more; {fitting}."


def draw_camps(camps: Camps) -> Picture | None:
    """Return the picture, or None where nobody rebuts or backs anybody."""
    if not camps.ties:
        return None
    strength: defaultdict[str, float] = defaultdict(float)
    for (one, other), weight in camps.ties.items():
        strength[one] += abs(weight)
        strength[other] += abs(weight)
    order = {key: place for place, key in enumerate(camps.names)}
    kept = sorted(strength, key=lambda key: (-strength[key], order[key]))[:_MOST_DRAWN]
    kept.sort(key=lambda key: (camps.camp_of.get(key, len(order)), order[key]))
    drawn = set(kept)
    lines = [_line(edge, weight) for edge, weight in camps.ties.items() if weight and drawn.issuperset(edge)]
    spots = [Spot(key=key, name=camps.names[key], letter=camps.camp(key)) for key in kept]

    def draw(figure: Figure) -> None:
        draw_ring(figure, spots, lines)

    n_rebut = sum(weight < 0 for weight in camps.ties.values())
    n_left = len(strength) - len(kept)
    who = count(len(strength), "commenter" if camps.by_author else "comment")
    between = f"{count(n_rebut, 'rebuttal')} and {count(len(camps.ties) - n_rebut, 'support')}"
    return Picture(
        name="camps",
        title="Who rebuts and who backs whom",
        about=f"{who} in a circle, with {between} between them. {camps.why}",
        note=f"The picture has the {len(kept):,} with the strongest ties; {n_left:,} are left out." if n_left else "",
        table=_table(camps),
        draw=draw,
        height_inches=4.8,
    )


def _line(edge: Edge, weight: float) -> Line:
    rebuts = weight < 0
    return Line(
        start=edge[0],
        end=edge[1],
        colour=VERMILION if rebuts else BLUE,
        width=0.8 + 1.4 * min(1.0, abs(weight)),
        dashed=not rebuts,
        head="-|>,head_length=4,head_width=2.4" if rebuts else "->,head_length=4,head_width=2.4",
    )


def _table(camps: Camps) -> Table:
    return Table(
        columns=("from", "from_camp", "to", "to_camp", "relation", "weight"),
        rows=[
            (
                *(cell for key in edge for cell in (camps.names[key], camps.camp(key))),
                "rebut" if weight < 0 else "support",
                round(abs(weight), 4),
            )
            for edge, weight in camps.ties.items()
        ],
    )
