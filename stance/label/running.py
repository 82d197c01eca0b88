"""Labelling, begun and ended: what is asked, whose answers, and the page they are given on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stance.label.app import create_label_app
from stance.label.book import open_book
from stance.label.errors import LabelsAreSample, NothingToLabel
from stance.label.questions import make_question
from stance.label.sitting import Progress, Sitting
from stance.serve import serve_locally
from stance.study import LabelRow

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from stance.serve import Door, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """How a sitting is run: `source` is where the units come from, `out` where the labels go."""

    source: Path
    out: Path
    annotator: str
    port: int = 8711


def serve_labelling(
    labelling: Labelling, units: Sequence[LabelRow], *, tell: Callable[[str, Progress], object]
) -> Progress:
    """Serve the labelling page to one person on this machine, until interrupted; return how far they came.

    Args:
        labelling: How.
        units: What is to be labelled; all ask the same.
        tell: Is given the link to open and how far this person is, once the page can be asked for.

    Raises:
        NothingToLabel: There are no units.
        LabelsAreSample: The labels would go into the file that the units come from.
        LabelsInUse: Another process labels into the same file.
        CannotWrite: The file of labels may not be written to.
        CannotServe: The port is taken.
    """
    if not units:
        raise NothingToLabel(str(labelling.source), why="it holds no comment", mend="Give a file with some.")
    if os.path.realpath(labelling.source) == os.path.realpath(labelling.out):
        raise LabelsAreSample(labelling.out)
    with open_book(labelling.out) as book:
        question = make_question(units[0].what)
        sitting = Sitting(units, question=question, book=book, annotator=labelling.annotator)

        def make(site: Site, door: Door) -> ASGIApp:
            return create_label_app(sitting, out=labelling.out.name, site=site, door=door)

        serve_locally(
            make, name=labelling.annotator, port=labelling.port, tell=lambda link: tell(link, sitting.progress())
        )
        return sitting.progress()
