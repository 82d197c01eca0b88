"""The trained judge: cases in, judgements out, in the same order whatever the batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stance.errors import ModelBroken
from stance.judge.calibration import Calibration, load_calibration
from stance.judge.carriers import find_carriers, find_stance_carriers
from stance.judge.collate import Batch, Question, collate, token_budget_batches
from stance.judge.encoding import TextEncoder, Window, naming_sentences, place_spans
from stance.judge.int8 import Int8Encoder
from stance.judge.language import language_uncertain
from stance.judge.model import ATTRIBUTES, LINK_WIDTH, RELATIONS, SENTENCE_LABELS, STANCES, StanceModel
from stance.judge.names import LEAST_PROBABILITY, NamePiece, join_names
from stance.judge.weights import check_int8, default_model_folder, load_model, load_tokenizer, model_id
from stance.records import (
    AttributeSpan,
    Case,
    Device,
    Judgement,
    Reading,
    SentenceScore,
    Stance,
    StanceScore,
    StanceSpan,
)
from stance.thread import split_sentences

if TYPE_CHECKING:
    from stance.judge.bert import BertEncoder

TOKEN_BUDGET: Final = 1024
"""Padded tokens in a batch: measured best on two AVX2 cores, and no worse on more."""
_ASKED_AT_ONCE: Final = 256
"""Targets or sentences scored together: a comment that names thousands must not fill the memory."""
_CHARACTERS_AT_ONCE: Final = 300_000
"""Characters cut into windows together: enough to find windows of like length, and few beside a long thread, for a
character takes about a hundred bytes while its window is in hand."""
_ASKED_BESIDE: Final = 32
"""Targets asked about beside a window in one reading; a window that names more is read again for the rest."""

Floats = NDArray[np.float32]
Item = TypeVar("Item")
Asked = TypeVar("Asked")
"""A row of a batch, the place of a target or sentence in its case, and the tokens that it touches."""


class Judge(Protocol):
    """Anything that can read comments and judge them."""

    @property
    def model_id(self) -> str:
        """Name and digest of what judges."""
        ...

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading a text, in order."""
        ...

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Return one judgement a case, in order."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one window said of one target; `named` where it names it."""

    named: bool
    logits: Floats
    spans: list[StanceSpan]


@dataclass(slots=True)
class _Logits:
    """What the windows of one case said, before it is joined."""

    relation: list[Floats] = field(default_factory=list)
    stance: dict[int, list[_Heard]] = field(default_factory=lambda: defaultdict(list))
    sentence: dict[int, tuple[int, Floats]] = field(default_factory=dict)
    attribute: list[Floats] = field(default_factory=list)
    spans: list[list[AttributeSpan]] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """One reading of a window of a case: the tokens that its sentences touch, who is asked about, where answers go.

    `questions` are by the target's place in the case. Where a window has more of them than are asked at once, it has
    further sheets, whose `again` is True: all but stances is known by then.
    """

    window: Window
    case: Case
    sentences: Mapping[int, list[int]]
    questions: Mapping[int, Question]
    logits: _Logits
    again: bool = False

    @property
    def n_tokens(self) -> int:
        """Tokens that the encoder reads."""
        return len(self.window.ids) + sum(len(question.name) for question in self.questions.values())


class EncoderJudge:
    """The one-pass model with its calibration. Several threads may read and judge with it at once."""

    def __init__(self, model: StanceModel, encoder: TextEncoder, *, calibration: Calibration, model_id: str) -> None:
        self._model = model.eval()
        self._encoder = encoder
        # In eight bits a text is encoded alone; with its heads alone too, no bit of an answer depends on its company.
        self._token_budget = 1 if isinstance(model.encoder, Int8Encoder) else TOKEN_BUDGET
        self.calibration = calibration
        self.model_id = model_id

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The probability at which each sentence label's F1 was highest on development data."""
        return self.calibration.thresholds

    @torch.inference_mode()
    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Read each text alone: its vectors for reply recovery and the names in it.

        Args:
            texts: Comments; long ones are read in windows whose vectors are averaged by their number of tokens. Of
                texts that are the same one is read, and all get its reading.
        """
        known: dict[str, Reading] = {}
        for some in _at_once(list(dict.fromkeys(texts)), size=len):
            known.update(zip(some, self._read(some), strict=True))
        return [known[text] for text in texts]

    def _read(self, texts: Sequence[str]) -> list[Reading]:
        cut = [self._encoder.windows(text)[0] for text in texts]
        flat = [window for windows in cut for window in windows]
        vectors = np.zeros((len(flat), self._width + 2 * LINK_WIDTH), dtype=np.float32)
        pieces: list[list[NamePiece]] = [[] for _ in flat]
        for indices in token_budget_batches([len(window.ids) for window in flat], budget=self._token_budget):
            batch = collate([flat[index] for index in indices], pad_id=self._encoder.pad_id)
            states = self._model.encode(batch)
            linked = self._model.link(states, batch.own)
            vectors[indices] = torch.cat([self._model.embed(states, batch.own), *linked], dim=-1).numpy()
            tags = self._model.tags(states, batch.capitals).softmax(dim=-1).numpy()
            for row, index in enumerate(indices):
                window = flat[index]
                pieces[index] = [
                    NamePiece(*window.offsets[token], tags[row, token])
                    for token in range(len(window.ids))
                    if window.offsets[token][0] >= 0
                ]
        readings, at = [], 0
        for text, windows in zip(texts, cut, strict=True):
            stop = at + len(windows)
            readings.append(self._reading(text, windows, vectors[at:stop], pieces[at:stop]))
            at = stop
        return readings

    @torch.inference_mode()
    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Judge each comment together with the end of what it answers, in one pass."""
        portions = _at_once(cases, size=lambda case: len(case.text))
        return [judgement for some in portions for judgement in self._judge(some)]

    def _judge(self, cases: Sequence[Case]) -> list[Judgement]:
        cut = [self._encoder.windows(case.text, parent=case.parent, quotes=case.quotes) for case in cases]
        name_ids = {name: self._encoder.name_ids(name) for case in cases for name in {t.name for t in case.targets}}
        found = [_Logits() for _ in cases]
        sheets = [
            sheet
            for case, (windows, _), logits in zip(cases, cut, found, strict=True)
            for sheet in _sheets(case, windows, name_ids, logits)
        ]
        for indices in token_budget_batches([sheet.n_tokens for sheet in sheets], budget=self._token_budget):
            self._judge_batch([sheets[index] for index in indices])
        return [
            self._judgement(case, logits, n_windows=len(windows), n_unread=n_unread)
            for case, logits, (windows, n_unread) in zip(cases, found, cut, strict=True)
        ]

    @property
    def _width(self) -> int:
        return int(self._model.encoder.config.hidden_size)

    def _judge_batch(self, sheets: Sequence[_Sheet]) -> None:
        batch = collate(
            [sheet.window for sheet in sheets],
            pad_id=self._encoder.pad_id,
            questions=[list(sheet.questions.values()) for sheet in sheets],
        )
        states = self._model.encode(batch)
        relations = self._model.relation(states, batch.own, batch.other).numpy()
        attributes, attention = self._model.attribute(states, batch.own)
        for row, sheet in enumerate(sheets):
            if sheet.again:
                continue
            sheet.logits.relation.append(relations[row])
            sheet.logits.attribute.append(attributes[row].numpy())
            sheet.logits.spans.append(find_carriers(sheet.case.text, sheet.window, attention[row].numpy()))
        self._judge_stances(states, batch, sheets)
        self._judge_sentences(states, sheets)

    def _judge_stances(self, states: Tensor, batch: Batch, sheets: Sequence[_Sheet]) -> None:
        if batch.targets is None:
            return
        asked = [(sheet, place) for sheet in sheets for place in sheet.questions]
        parts = zip(_parts(asked), batch.targets.parts(_ASKED_AT_ONCE), strict=True)
        for part, targets in parts:
            logits, weights = (found.numpy() for found in self._model.stance.explain(states, targets))
            for (sheet, place), values, rests_on in zip(part, logits, weights, strict=True):
                naming_it = sheet.questions[place].mentions
                spans = find_stance_carriers(sheet.case.text, sheet.window, rests_on, frozenset(naming_it))
                sheet.logits.stance[place].append(_Heard(named=bool(naming_it), logits=values, spans=spans))

    def _judge_sentences(self, states: Tensor, sheets: Sequence[_Sheet]) -> None:
        asked = [(row, place, tokens) for row, sheet in enumerate(sheets) for place, tokens in sheet.sentences.items()]
        for part in _parts(asked):
            mask = _mask([tokens for _, _, tokens in part], width=states.shape[1])
            logits = self._model.sentence(states, torch.tensor([row for row, _, _ in part]), mask).numpy()
            for (row, place, tokens), values in zip(part, logits, strict=True):
                # Of the windows that hold a sentence the one that holds most of it is heard.
                heard = sheets[row].logits.sentence
                if place not in heard or len(tokens) > heard[place][0]:
                    heard[place] = (len(tokens), values)

    def _judgement(self, case: Case, logits: _Logits, *, n_windows: int, n_unread: int) -> Judgement:
        relation = self.calibration.softmax("relation", np.mean(logits.relation, axis=0, dtype=np.float64))
        attributes = np.max(np.asarray(logits.attribute, dtype=np.float64), axis=0)
        loudest = np.argmax(np.asarray(logits.attribute), axis=0)
        return Judgement(
            comment_id=case.comment_id,
            relation={label: float(value) for label, value in zip(RELATIONS, relation, strict=True)},
            stances=tuple(self._stance(case, place, logits) for place in range(len(case.targets))),
            sentences=tuple(self._sentence(case, place, logits) for place in range(len(case.sentences))),
            attributes=dict(zip(ATTRIBUTES, self.calibration.sigmoid(ATTRIBUTES, attributes).tolist(), strict=True)),
            attribute_spans=tuple(
                span
                for place, attribute in enumerate(ATTRIBUTES)
                for span in logits.spans[loudest[place]]
                if span.attribute is attribute
            ),
            language_uncertain=language_uncertain(case.text),
            n_windows=n_windows,
            n_unread_windows=n_unread,
        )

    def _stance(self, case: Case, place: int, logits: _Logits) -> StanceScore:
        heard = logits.stance[place]
        # Windows that name the target speak for it; where none does, all do.
        naming = [one for one in heard if one.named] or heard
        logit = np.asarray(np.mean([one.logits for one in naming], axis=0, dtype=np.float64))
        probabilities = self.calibration.softmax("stance", logit)
        label = int(np.argmax(logit))
        # Of the windows, the one that says so most clearly shows the words.
        clearest = max(naming, key=lambda one: float(one.logits[label] - np.delete(one.logits, label).max()))
        carried = STANCES[label] is not Stance.NEUTRAL and int(np.argmax(clearest.logits)) == label
        return StanceScore(
            actor_id=case.targets[place].actor_id,
            probabilities={label: float(value) for label, value in zip(STANCES, probabilities, strict=True)},
            sure=bool(probabilities.max() >= self.calibration.sure.get("stance", 0.0)),
            spans=tuple(clearest.spans) if carried else (),
        )

    def _sentence(self, case: Case, place: int, logits: _Logits) -> SentenceScore:
        # A sentence beyond the last window read, or one of quoted words alone, has no logits: it says nothing.
        start, end = case.sentences[place]
        _, values = logits.sentence.get(place, (0, None))
        if values is None:
            return SentenceScore(start=start, end=end, claim=0.0, check_worthy=0.0, rhetoric=0.0)
        found = self.calibration.sigmoid(SENTENCE_LABELS, values.astype(np.float64))
        scores = dict(zip(SENTENCE_LABELS, found.tolist(), strict=True))
        return SentenceScore(
            start=start,
            end=end,
            claim=scores["claim"],
            check_worthy=scores["check_worthy"],
            rhetoric=scores["rhetoric"],
            devices={device: scores[device.value] for device in Device},
        )

    def _reading(
        self, text: str, windows: Sequence[Window], vectors: Floats, pieces: Sequence[Sequence[NamePiece]]
    ) -> Reading:
        weights = np.array([len(window.ids) for window in windows], dtype=np.float32)
        mean = (vectors * weights[:, None]).sum(axis=0) / weights.sum()
        parts = np.split(mean, [self._width, self._width + LINK_WIDTH])
        embedding, reply, parent = (
            (part / max(float(np.linalg.norm(part)), 1e-9)).astype(np.float32) for part in parts
        )
        names = join_names(text, pieces, least=self.calibration.sure.get("names", LEAST_PROBABILITY))
        return Reading(embedding=embedding, reply_vector=reply, parent_vector=parent, names=names)


def _sheets(
    case: Case, windows: Sequence[Window], name_ids: Mapping[str, list[int]], logits: _Logits
) -> Iterator[_Sheet]:
    inside = place_spans(windows, [[sentence] for sentence in case.sentences])
    mentions = place_spans(windows, [target.spans for target in case.targets])
    sentences = split_sentences(case.text)
    naming = place_spans(windows, [naming_sentences(sentences, target.spans) for target in case.targets])
    for at, window in enumerate(windows):
        questions = [
            # Only where the window itself names the target is its stance read from the sentences that do.
            (place, Question(name_ids[target.name], here, naming[at].get(place, []) if here else []))
            for place, target in enumerate(case.targets)
            for here in [mentions[at].get(place, [])]
        ]
        for start in range(0, max(1, len(questions)), _ASKED_BESIDE):
            yield _Sheet(
                window=window,
                case=case,
                sentences={} if start else inside[at],
                questions=dict(questions[start : start + _ASKED_BESIDE]),
                logits=logits,
                again=start > 0,
            )


def _at_once(items: Sequence[Item], *, size: Callable[[Item], int]) -> Iterator[Sequence[Item]]:
    """Give the items in portions of `_CHARACTERS_AT_ONCE`, or of one item that is longer."""
    start = n_characters = 0
    for at, item in enumerate(items):
        # Even an empty text takes a window.
        n_more = size(item) + 100
        if at > start and n_characters + n_more > _CHARACTERS_AT_ONCE:
            yield items[start:at]
            start, n_characters = at, 0
        n_characters += n_more
    if items:
        yield items[start:]


def _parts(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    return (asked[at : at + _ASKED_AT_ONCE] for at in range(0, len(asked), _ASKED_AT_ONCE))


def _mask(rows: Sequence[Sequence[int]], *, width: int) -> Tensor:
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for row, tokens in enumerate(rows):
        mask[row, list(tokens)] = True
    return mask


def load_judge(folder: Path | None = None, *, int8: bool = False) -> EncoderJudge:
    """Load a model folder.

    Args:
        folder: None for the one that ships.
        int8: Run the encoder in eight bits: at least 1.6 times as fast on a CPU; it moves probabilities by a hundredth
            or so, and `model_id` says so.

    Raises:
        ModelMissing: A file of the folder is not there.
        ModelBroken: A file does not hold what it should.
        MissingExtra: `int8`, and ONNX Runtime is not installed.
        NoInt8: `int8`, and the encoder cannot be run so.
    """
    folder = folder or default_model_folder()
    if int8:
        check_int8(folder)
    model, tokenizer = load_model(folder), load_tokenizer(folder)
    n_words = max(tokenizer.get_vocab().values(), default=0) + 1
    if n_words > model.encoder.config.vocab_size:
        raise ModelBroken(folder, what=f"tokenizer.json has a vocabulary of {n_words}, larger than the model's")
    try:
        encoder = TextEncoder(tokenizer)
    except ValueError as error:
        raise ModelBroken(folder, what=f"tokenizer.json: {error}") from error
    if int8:
        # What else it could be, `check_int8` has refused.
        model.set_submodule("encoder", Int8Encoder(cast("BertEncoder", model.encoder)))
    name = model_id(folder, int8=int8)
    return EncoderJudge(model, encoder, calibration=load_calibration(folder), model_id=name)
