"""Threads in one line, and a judge whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stance.records import (
    Article,
    Attribute,
    Case,
    Comment,
    Device,
    Judgement,
    NameSpan,
    Page,
    Reading,
    Relation,
    SentenceScore,
    Stance,
    StanceScore,
)
from stance.replies import Forest, ReplyScorer

ROOT = Path(__file__).parent.parent
WIDTH = 8


def number_of(*parts: str) -> float:
    """A number in [0.05, 0.95] that depends on the words alone."""
    digest = sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    return 0.05 + 0.9 * digest[0] / 255


def vector_of(*parts: str) -> NDArray[np.float32]:
    digest = sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    vector = np.frombuffer(digest[:WIDTH], dtype=np.uint8).astype(np.float32) - 127.5
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


def share_out(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


class ConstantJudge:
    """A judge that answers from the words' hash: the same text, the same answer, and no model.

    `attributes` fixes the attributes it gives every comment; `names` finds these spellings as names.
    """

    model_id = "constant@0"

    def __init__(
        self, *, attributes: Mapping[Attribute, float] | None = None, names: Mapping[str, NameSpan] | None = None
    ) -> None:
        self.attributes = attributes
        self.names = dict(names or {})
        self.cases: list[Case] = []

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [
            Reading(
                embedding=vector_of("embedding", text),
                reply_vector=vector_of("reply", text),
                parent_vector=vector_of("parent", text),
                names=self._names(text),
            )
            for text in texts
        ]

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        self.cases.extend(cases)
        return [self._judge(case) for case in cases]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        found = []
        for name, span in self.names.items():
            start = text.find(name)
            if start >= 0:
                end = start + len(name)
                found.append(NameSpan(start=start, end=end, kind=span.kind, probability=span.probability))
        return tuple(found)

    def _judge(self, case: Case) -> Judgement:
        words = [case.text, case.parent]
        relation = share_out({label: number_of(label, *words) for label in Relation})
        return Judgement(
            comment_id=case.comment_id,
            relation={label: relation[label] for label in Relation},
            stances=tuple(self._stance(case, target.actor_id) for target in case.targets),
            sentences=tuple(self._sentence(case, start, end) for start, end in case.sentences),
            attributes=self.attributes or {name: number_of(name, case.text) for name in Attribute},
        )

    @staticmethod
    def _stance(case: Case, actor_id: str) -> StanceScore:
        shares = share_out({label: number_of(label, actor_id, case.text) for label in Stance})
        return StanceScore(actor_id=actor_id, probabilities={label: shares[label] for label in Stance})

    @staticmethod
    def _sentence(case: Case, start: int, end: int) -> SentenceScore:
        words = case.text[start:end]
        return SentenceScore(
            start=start,
            end=end,
            claim=number_of("claim", words),
            check_worthy=number_of("check_worthy", words),
            rhetoric=number_of("rhetoric", words),
            devices={device: number_of(device, words) for device in Device},
        )


def make_scorer() -> ReplyScorer:
    """A scorer to which all candidates are alike: a tree of one leaf."""
    nowhere = np.zeros(1, dtype=np.int32)
    leaf = Forest(
        feature=nowhere,
        threshold=np.zeros(1),
        left=nowhere,
        right=nowhere,
        missing_left=np.zeros(1, dtype=np.bool_),
        value=np.zeros(1),
        roots=nowhere,
        baseline=0.0,
        depth=0,
    )
    return ReplyScorer(forest=leaf, temperature=1.0, notes={})


@pytest.fixture
def scorer() -> ReplyScorer:
    """A scorer to which all candidates are alike, so that each comment answers the one before it."""
    return make_scorer()


@pytest.fixture
def constant_judge() -> ConstantJudge:
    return ConstantJudge()


@pytest.fixture
def make_judge() -> type[ConstantJudge]:
    """The constant judge's class, for tests that fix its attributes or names."""
    return ConstantJudge


@pytest.fixture
def chain() -> Callable[..., Page]:
    """`chain("a b>a c>b")` is a page of comments a, b answering a, and c answering b."""

    def build(spec: str, *, source: str = "chain") -> Page:
        comments = []
        for number, link in enumerate(spec.split(), start=1):
            comment_id, _, parent_id = link.partition(">")
            text = f"Comment {comment_id} holds that the bridge should be mended before winter number {number}."
            comments.append(Comment(id=comment_id, text=text, number=number, parent_id=parent_id or None))
        article = Article(
            title="The old bridge", text="The council must choose between two bridges.", author="Ida Berg"
        )
        return Page(source=source, article=article, comments=tuple(comments))

    return build


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as `stance train` makes it: a tiny encoder with random weights, a reply scorer of one leaf."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig

    from stance.judge.model import StanceModel
    from stance.judge.weights import save_model

    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,!?'-:;()/@"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=48, num_hidden_layers=1, num_attention_heads=4, intermediate_size=48
    )
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(StanceModel(config), tokenizer, folder)
    make_scorer().save(folder)
    return folder


@pytest.fixture
def seed_page() -> Path:
    """The real page that the project was begun with."""
    return ROOT / "seeds" / "idlib.txt"
