"""An analysis in, its report out: a page that holds everything it shows, and the pictures and tables in it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from stance.out import safe, snip
from stance.records import Analysis
from stance.report.camps import draw_camps, find_camps
from stance.report.claims import draw_speech, list_carriers, list_claims
from stance.report.course import draw_course
from stance.report.facts import Facts
from stance.report.inline import to_inline
from stance.report.limits import Limits
from stance.report.matrix import draw_matrix
from stance.report.picture import Cell, Picture, Table
from stance.report.sections import list_queue, list_tree, queue_table, tree_table
from stance.report.story import tell_figures, tell_story

_OWN: Final = Path(__file__).parent
_TITLE_CELLS: Final = 200
_MOST_ROWS: Final = 120
"""Rows of a table in the page; its file has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A page as text, its pictures, and its tables by the names of their files."""

    html: str
    pictures: tuple[Picture, ...]
    tables: Mapping[str, Table]


def make_report(analysis: Analysis, *, limits: Limits | None = None) -> Report:
    """Return the report of one thread.

    Nothing in it is asked of anywhere else, all that strangers wrote is escaped and cannot hide or turn, and the same
    analysis gives the same text.

    Args:
        analysis: What to tell of.
        limits: What was measured of the model, as `read_limits` gives it; None where that is not known.
    """
    facts = Facts(analysis)
    camps = find_camps(facts)
    drawn = {
        "matrix": draw_matrix(facts),
        "course": draw_course(facts),
        "ring": draw_camps(camps),
        "speech": draw_speech(facts),
    }
    nodes, n_nodes_left = list_tree(facts)
    claims, n_claims_left = list_claims(facts)
    places, n_places_left = list_queue(facts)
    tables = {"replies": tree_table(facts), "queue": queue_table(facts)}
    html = fill(
        "thread.html",
        title=snip(analysis.thread.article.title, _TITLE_CELLS) or "A thread without a title",
        author=snip(analysis.thread.article.author or "", _TITLE_CELLS),
        notes=[snip(note, 400) for note in analysis.thread.notes],
        figures=tell_figures(facts),
        story=tell_story(facts),
        nodes=nodes,
        n_nodes_left=n_nodes_left,
        carriers=list_carriers(facts),
        camps=camps,
        claims=claims,
        n_claims_left=n_claims_left,
        places=places,
        n_places_left=n_places_left,
        n_uncertain=sum(judgement.language_uncertain for judgement in analysis.judgements),
        limits=limits,
        model_id=safe(analysis.model_id),
        policy_digest=safe(analysis.policy_digest),
        version=safe(analysis.version),
        tables=tables,
        **drawn,
    )
    return Report(html=html, pictures=tuple(one for one in drawn.values() if one is not None), tables=tables)


def fill(name: str, **shown: object) -> str:
    """Fill a template; every value is escaped, and the page's policy allows its one style sheet and nothing else."""
    style = (_OWN / "static" / "report.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    # The style sheet is this package's own, and escaping would change its digest.
    return _templates().get_template(name).render(style=Markup(style), policy=policy, **shown)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_OWN / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(
        two=lambda probability: f"{probability:.2f}",
        percent=lambda share: f"{share:.0%}",
        thousands=lambda n: f"{n:,}",
        cell=_cell,
        inline=to_inline,
    )
    templates.globals.update(most_rows=_MOST_ROWS)
    return templates


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)
