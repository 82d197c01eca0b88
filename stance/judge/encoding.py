"""From text to the windows the encoder reads: `[CLS] comment [SEP] what it answers [SEP]`.

Token type 0 is the writer's own words, type 1 anybody else's: what the comment answers, and what it quotes. Heads pool
over the writer's own words alone, so that a quotation is never taken for its quoter's stance.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

COMMENT_TOKENS: Final = 320
"""Tokens of the comment that one window holds: all of nearly every comment."""
STRIDE_TOKENS: Final = 256
"""Tokens from the start of one window to the start of the next."""
PARENT_TOKENS: Final = 60
"""Tokens kept of what a comment answers: its end, where the point usually stands."""
NAME_TOKENS: Final = 16
"""Tokens read of a target's name."""
LONGEST_WINDOW: Final = COMMENT_TOKENS + PARENT_TOKENS + 3 + NAME_TOKENS + 1
"""Tokens that an encoder must be able to read at once, the special ones counted in."""
MAX_WINDOWS: Final = 256
"""Windows read of one comment (about 25,000 words); what lies beyond is counted, never dropped in silence."""
_PIECE_CHARACTERS: Final = 100_000
"""Characters tokenized at once: each costs about a hundred bytes while its piece is in hand."""

# One character for one, so that offsets into the text stay right. Halves of surrogate pairs are no text to a tokenizer.
_STRAIGHT: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | str.maketrans(
    "“”„‟«»‘’‚‛′″–—―‐‑−\u00a0\u2028\u2029", "\"\"\"\"\"\"''''''------   "
)

Span = tuple[int, int]


def straighten(text: str) -> str:
    """Replace typographic quotes, dashes and spaces by their plain forms, one character for one."""
    return text.translate(_STRAIGHT)


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of a comment with what it answers, as token ids.

    `offsets[i]` is where token i stands in the comment, (-1, -1) for tokens that are not the comment's; `own[i]` is
    True for the writer's own words; `capitals[i]` is 0 lower case, 1 Capitalised, 2 CAPITALS, 3 no letter. The
    comment's tokens are 1 to `n_comment`, in the order of the text.
    """

    ids: list[int]
    types: list[int]
    own: list[bool]
    offsets: list[Span]
    capitals: list[int]
    n_comment: int

    @property
    def reach(self) -> Span:
        """From where to where in the comment the window reaches."""
        return (self.offsets[1][0], self.offsets[self.n_comment][1]) if self.n_comment else (0, 0)

    def token_indices(self, spans: Iterable[Span]) -> list[int]:
        """Indices of the writer's own tokens that touch any of the spans."""
        stop = self.n_comment + 1
        touched: set[int] = set()
        for begin, end in spans:
            first = bisect_right(self.offsets, begin, 1, stop, key=_end)
            last = bisect_left(self.offsets, end, first, stop, key=_start)
            touched.update(index for index in range(first, last) if self.own[index])
        return sorted(touched)


def place_spans(windows: Sequence[Window], groups: Sequence[Sequence[Span]]) -> list[dict[int, list[int]]]:
    """For each window of one comment, which groups of spans touch it and the writer's own tokens that they touch.

    Each span is looked up in the few windows that it reaches: asking every window for every sentence would cost a
    comment of 50,000 sentences minutes.
    """
    placed: list[dict[int, list[int]]] = [{} for _ in windows]
    starts, ends = [window.reach[0] for window in windows], [window.reach[1] for window in windows]
    for group, spans in enumerate(groups):
        touched: dict[int, list[Span]] = {}
        for begin, end in spans:
            for at in range(bisect_right(ends, begin), bisect_left(starts, end)):
                touched.setdefault(at, []).append((begin, end))
        for at, reached in touched.items():
            if tokens := windows[at].token_indices(reached):
                placed[at][group] = tokens
    return placed


def naming_sentences(sentences: Sequence[Span], mentions: Sequence[Span]) -> list[Span]:
    """The sentences, in the order of the text, that hold one of the mentions."""
    ends = [end for _, end in sentences]
    found = set()
    for begin, stop in mentions:
        at = bisect_right(ends, begin)
        while at < len(sentences) and sentences[at][0] < stop:
            found.add(at)
            at += 1
    return [sentences[at] for at in sorted(found)]


def _start(span: Span) -> int:
    return span[0]


def _end(span: Span) -> int:
    return span[1]


class TextEncoder:
    """Turns comments into windows with one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._spaced = tokenizer.token_to_id("[CLS]") is None
        self.cls_id = _token_id(tokenizer, "[CLS]", "<s>")
        self.sep_id = _token_id(tokenizer, "[SEP]", "</s>")
        self.pad_id = _token_id(tokenizer, "[PAD]", "<pad>")

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
        n_kept = (max_windows - 1) * _stride(comment_tokens) + comment_tokens
        ids, offsets, n_tokens = self._tokens(straighten(text), n_kept=n_kept)
        quoted = _inside(offsets, quotes)
        tail = self._parent_ids(parent)
        starts = _window_starts(n_tokens, comment_tokens)
        made = [
            self._window(text, ids, offsets, quoted, tail, start=start, comment_tokens=comment_tokens)
            for start in starts[:max_windows]
        ]
        return made, max(0, len(starts) - max_windows)

    def name_ids(self, name: str) -> list[int]:
        """Ids of a target's name as a `Question` has it."""
        ids, _, _ = self._tokens(straighten(name), n_kept=NAME_TOKENS)
        return [*ids[:NAME_TOKENS], self.sep_id]

    def _tokens(self, text: str, *, n_kept: int) -> tuple[list[int], list[Span], int]:
        """Ids and offsets of at least the first `n_kept` tokens, and the number of all."""
        ids: list[int] = []
        offsets: list[Span] = []
        n_tokens = 0
        for begin, end in _pieces(text):
            encoding = self._tokenizer.encode(text[begin:end], add_special_tokens=False)
            n_tokens += len(encoding)
            if len(ids) < n_kept:
                ids += encoding.ids
                places = [(start + begin, stop + begin) for start, stop in encoding.offsets]
                offsets += [_bare(text, place) for place in places] if self._spaced else places
        return ids, offsets, n_tokens

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
            n_comment=len(inner),
        )


def _token_id(tokenizer: Tokenizer, *names: str) -> int:
    """The id of a special token, by BERT's name for it or RoBERTa's."""
    for name in names:
        found: int | None = tokenizer.token_to_id(name)
        if found is not None:
            return found
    raise ValueError(f"the tokenizer has no {' or '.join(names)} token; want an encoder's vocabulary")


def _bare(text: str, span: Span) -> Span:
    """A token's place without the white space before it, which byte-level and sentence-piece vocabularies count in."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _window_starts(n_tokens: int, comment_tokens: int) -> list[int]:
    if n_tokens <= comment_tokens:
        return [0]
    return [*range(0, n_tokens - comment_tokens, _stride(comment_tokens)), n_tokens - comment_tokens]


def _stride(comment_tokens: int) -> int:
    return max(1, comment_tokens * STRIDE_TOKENS // COMMENT_TOKENS)


def _pieces(text: str) -> Iterator[Span]:
    """Stretches of a text cut at white space, where no token can be cut."""
    begin = 0
    while len(text) - begin > _PIECE_CHARACTERS:
        stop = begin + _PIECE_CHARACTERS
        space = max(text.rfind(gap, begin + 1, stop) for gap in " \n")
        yield begin, (stop if space < 0 else space)
        begin = stop if space < 0 else space
    yield begin, len(text)


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
