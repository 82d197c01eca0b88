"""Why a link is believed, in words that a person can check on the page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stance.records import Evidence, EvidenceKind
from stance.replies.board import Board

_SHARED_WORDS = 3
_OPENINGS = {
    "agrees": " and opens with agreement",
    "disagrees": " and opens with a denial",
    "addresses": ' and opens with "you"',
    "asks": " and opens with a question",
    "anaphoric": " and opens by pointing back",
}


def tell_evidence(board: Board, at: int, parent: int, measured: Mapping[str, float]) -> tuple[Evidence, ...]:
    """Say what speaks for the comment at entry `at` answering the entry `parent`, the strongest kind first.

    Args:
        measured: The pair's features by name.
    """
    target = "the article" if parent == 0 else f"comment {board.numbers[parent]}"
    found = [
        *_address(board, at, parent),
        *_quotation(board, at, parent, target),
        *_name(board, at, parent, measured),
        *_wording(board, at, parent, target, measured),
        *_position(parent, target, measured),
    ]
    return tuple(found or [Evidence(kind=EvidenceKind.POSITION, words=f"no other fits better than {target}")])


def _quotation(board: Board, at: int, parent: int, target: str) -> list[Evidence]:
    ours = [quote for quote in board.quotes[at] if quote.source_id == board.ids[parent]]
    n_words = sum(len(board.texts[at][quote.start : quote.end].split()) for quote in ours)
    if not n_words:
        return []
    unit = "word" if n_words == 1 else "words"
    return [Evidence(kind=EvidenceKind.QUOTATION, words=f"quotes {n_words} {unit} of {target}")]


def _address(board: Board, at: int, parent: int) -> list[Evidence]:
    if not _addressed(board, at, parent):
        return []
    return [Evidence(kind=EvidenceKind.NAME, words="is addressed to its author")]


def _addressed(board: Board, at: int, parent: int) -> bool:
    return parent > 0 and 0 <= board.addressee[at] == board.author[parent]


def _name(board: Board, at: int, parent: int, measured: Mapping[str, float]) -> list[Evidence]:
    if not measured["named"] > 0 or _addressed(board, at, parent):
        return []
    whose = "the article's author" if parent == 0 else "its author"
    return [Evidence(kind=EvidenceKind.NAME, words=f"names {whose}")]


def _wording(board: Board, at: int, parent: int, target: str, measured: Mapping[str, float]) -> list[Evidence]:
    shared, mine, theirs = board.words.shared(at, parent)
    # Rare here: in no more than a third of the thread, which two of the thread's own entries always may be.
    rare = np.flatnonzero(board.words.spread[shared] <= max(2, board.n // 3))
    spelt = [(board.words.vocabulary[shared[place]], -mine[place] * theirs[place]) for place in rare.tolist()]
    heaviest = sorted((weight, word) for word, weight in spelt if len(word) > 2)[:_SHARED_WORDS]
    words = [word for _, word in heaviest]
    found = []
    if words:
        unit = "the word" if len(words) == 1 else "the words"
        found.append(Evidence(kind=EvidenceKind.WORDING, words=f"shares {unit} {', '.join(words)}"))
    elif min(measured["cosine_rank"], measured["link_rank"]) == 0 and board.n > 2:
        found.append(Evidence(kind=EvidenceKind.WORDING, words=f"is nearest in meaning to {target}"))
    if parent == 0 and board.of_article[at]:
        found.append(Evidence(kind=EvidenceKind.WORDING, words="speaks of the article or its author"))
    return found


def _position(parent: int, target: str, measured: Mapping[str, float]) -> list[Evidence]:
    if parent and measured["steps"] == 1:
        opening = next((words for flag, words in _OPENINGS.items() if measured[flag]), "")
        return [Evidence(kind=EvidenceKind.POSITION, words=f"comes right after {target}{opening}")]
    if parent == 0 and not measured["addresses"] and not measured["anaphoric"]:
        return [Evidence(kind=EvidenceKind.POSITION, words="opens without pointing back to a comment")]
    return []
