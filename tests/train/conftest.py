"""Made-up labelled texts, and the maker that cuts them for the tiny model, whose tokens are single letters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stance.judge import TextEncoder, load_tokenizer
from stance.records import ActorKind, Attribute, Device, Relation, Stance
from stance.train.batches import StepMaker
from stance.train.examples import Example, NameLabel, SentenceLabel, TargetLabel


@pytest.fixture(scope="session")
def encoder(tiny_model: Path) -> TextEncoder:
    return TextEncoder(load_tokenizer(tiny_model))


@pytest.fixture(scope="session")
def maker(encoder: TextEncoder) -> StepMaker:
    return StepMaker(encoder, comment_tokens=96)


@pytest.fixture(scope="session")
def make_example() -> Callable[..., Example]:
    """`make_example("text", source=..., targets=...)`; a training row of newsmtsc where nothing else is said."""

    def build(text: str, **fields: object) -> Example:
        return Example(**({"source": "newsmtsc", "split": "train", "group": text} | fields), text=text)

    return build


@pytest.fixture(scope="session")
def all_labels(make_example: Callable[..., Example]) -> list[Example]:
    """One example for each head that reads comments with what they answer, and one without a label."""
    berg = TargetLabel(name="Ida Berg", probabilities={Stance.FAVOR: 0.0, Stance.AGAINST: 1.0}, spans=((0, 8),))
    moss = TargetLabel(
        name="Moss", probabilities={Stance.FAVOR: 0.75, Stance.AGAINST: 0.0, Stance.NEUTRAL: 0.25}, weight=0.5
    )
    sentences = (
        SentenceLabel(start=0, end=9, claim=1.0, devices={Device.SARCASM: 0.0}),
        SentenceLabel(start=10, end=19, rhetoric=0.25),
    )
    return [
        make_example("Ida Berg must go.", targets=(berg, moss)),
        make_example("It is so. Or is it?", sentences=sentences),
        make_example(
            "No.", parent="It sank.", relation={Relation.REBUT: 0.75, Relation.QUERY: 0.25}, relation_weight=0.5
        ),
        make_example("You fool", attributes={Attribute.INSULT: 1.0, Attribute.THREAT: 0.0}),
        make_example("I saw Ida Berg", names=(NameLabel(start=6, end=14, kind=ActorKind.PERSON),)),
        make_example("Nothing known"),
    ]
