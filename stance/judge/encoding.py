"""From text to the windows the encoder reads: `[CLS] comment [SEP] what it answers [SEP]`.

Token type 0 is the writer's own words, type 1 anybody else's: what the comment answers, and what it quotes. Heads pool
over the writer's own words alone, so that a quotation is never taken for its quoter's stance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor

if TYPE_CHECKING:
    from tokenizers import Tokenizer

COMMENT_TOKENS: Final = 192
"""Tokens of the comment that one window holds."""
STRIDE_TOKENS: Final = 128
"""Tokens from the start of one window to the start of the next."""
PARENT_TOKENS: Final = 60
"""Tokens kept of what a comment answers: its end, where the point usually stands."""
MAX_WINDOWS: Final = 256
"""Windows read of one comment (about 25,000 words); what lies beyond is counted, never dropped in silence."""

# One character for one, so that offsets into the text stay right.
_STRAIGHT: Final = str.maketrans("“”„‟«»‘’‚‛′″–—―‐‑−\u00a0\u2028\u2029", "\"\"\"\"\"\"''''''------   ")

Span = tuple[int, int]


def straighten(text: str) -> str:
    """Replace typographic quotes, dashes and spaces by their plain forms, one character for one."""
    return text.translate(_STRAIGHT)


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of a comment with what it answers, as token ids.

    `offsets[i]` is where token i stands in the comment, (-1, -1) for tokens that are not the comment's; `own[i]` is
    True for the writer's own words; `capitals[i]` is 0 lower case, 1 Capitalised, 2 CAPITALS, 3 no letter.
    """

    ids: list[int]
    types: list[int]
    own: list[bool]
    offsets: list[Span]
    capitals: list[int]

    def token_indices(self, spans: Sequence[Span], *, own_only: bool = True) -> list[int]:
        """Indices of the tokens that touch any of the spans."""
        return [
            index
            for index, (start, end) in enumerate(self.offsets)
            if start >= 0 and (self.own[index] or not own_only) and any(start < stop and end > begin for begin, stop in spans)
        ]


class TextEncoder:
    """Turns comments into windows with one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.cls_id = _token_id(tokenizer, "[CLS]")
        self.sep_id = _token_id(tokenizer, "[SEP]")
        self.pad_id = _token_id(tokenizer, "[PAD]")

    def windows(
        self,
        text: str,
        *,
        parent: str = "",
        quotes: Sequence[Span] = (),
        comment_tokens: int = COMMENT_TOKENS,
        max_windows: int = MAX_WINDOWS,
    ) -> tuple[list[Window], int]:
        """Cut a comment into overlapping windows.

        Args:
            text: The comment.
            parent: What it answers; its last `PARENT_TOKENS` tokens stand in every window.
            quotes: Spans of other people's words in `text`.
            comment_tokens: Tokens of the comment in one window.
            max_windows: Windows made at most.

        Returns:
            The windows (at least one, even of an empty text), and how many more the whole text would have needed.
        """
        encoding = self._tokenizer.encode(straighten(text), add_special_tokens=False)
        ids, offsets = encoding.ids, encoding.offsets
        quoted = _inside(offsets, quotes)
        tail = self._parent_ids(parent)
        starts = _window_starts(len(ids), comment_tokens)
        made = [
            self._window(text, ids, offsets, quoted, tail, start=start, comment_tokens=comment_tokens)
            for start in starts[:max_windows]
        ]
        return made, max(0, len(starts) - max_windows)

    def _parent_ids(self, parent: str) -> list[int]:
        if not parent:
            return []
        # A token is seldom longer than 40 characters; cutting first keeps a 10 MB parent cheap.
        ids: list[int] = self._tokenizer.encode(straighten(parent[-PARENT_TOKENS * 40 :]), add_special_tokens=False).ids
        return ids[-PARENT_TOKENS:]

    def _window(
        self,
        text: str,
        ids: list[int],
        offsets: list[Span],
        quoted: list[bool],
        tail: list[int],
        *,
        start: int,
        comment_tokens: int,
    ) -> Window:
        stop = min(start + comment_tokens, len(ids))
        inner, places, others = ids[start:stop], offsets[start:stop], quoted[start:stop]
        n_tail = len(tail) + 1 if tail else 0
        return Window(
            ids=[self.cls_id, *inner, self.sep_id, *tail, *([self.sep_id] if tail else [])],
            types=[0, *map(int, others), 0, *[1] * n_tail],
            own=[False, *(not other for other in others), False, *[False] * n_tail],
            offsets=[(-1, -1), *places, (-1, -1), *[(-1, -1)] * n_tail],
            capitals=[3, *(_capitals(text[a:b]) for a, b in places), 3, *[3] * n_tail],
        )


def _token_id(tokenizer: Tokenizer, token: str) -> int:
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no {token} token; want a BERT-style vocabulary")
    return found


def _window_starts(n_tokens: int, comment_tokens: int) -> list[int]:
    if n_tokens <= comment_tokens:
        return [0]
    stride = max(1, comment_tokens * STRIDE_TOKENS // COMMENT_TOKENS)
    return [*range(0, n_tokens - comment_tokens, stride), n_tokens - comment_tokens]


def _inside(offsets: Sequence[Span], spans: Sequence[Span]) -> list[bool]:
    """Whether each token lies in any span; both run forward once."""
    ordered = sorted(spans)
    marks, at = [], 0
    for start, end in offsets:
        while at < len(ordered) and ordered[at][1] <= start:
            at += 1
        marks.append(at < len(ordered) and end > ordered[at][0])
    return marks


def _capitals(piece: str) -> int:
    if not any(letter.isalpha() for letter in piece):
        return 3
    if piece.islower():
        return 0
    return 2 if piece.isupper() and len(piece) > 1 else 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows side by side; all tensors are (batch, tokens)."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    own: Tensor
    other: Tensor
    capitals: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def collate(windows: Sequence[Window], *, pad_id: int) -> Batch:
    """Pad windows to the longest of them.

    A window without own words (a bare quotation, an empty text) counts its `[CLS]` as own, so that pooling stays
    defined.
    """
    width = max(len(window.ids) for window in windows)

    def padded(rows: Sequence[Sequence[int | bool]], fill: int | bool, dtype: torch.dtype) -> Tensor:
        return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], dtype=dtype)

    own = padded([w.own if any(w.own) else [True, *w.own[1:]] for w in windows], False, torch.bool)
    mask = padded([[True] * len(w.ids) for w in windows], False, torch.bool)
    types = padded([w.types for w in windows], 0, torch.long)
    return Batch(
        ids=padded([w.ids for w in windows], pad_id, torch.long),
        mask=mask,
        types=types,
        own=own,
        other=(types == 1) & mask,
        capitals=padded([w.capitals for w in windows], 3, torch.long),
    )


def token_budget_batches(lengths: Sequence[int], *, budget: int) -> Iterator[list[int]]:
    """Group indices of like length into batches of at most `budget` padded tokens (one item at the least).

    Sorting by length and a small budget beat large batches on a CPU, whose cache is the limit.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (lengths[i], i)):
        if batch and lengths[index] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
