"""The tiny random model, loaded once. Its vocabulary is single letters: a text has as many tokens as it has visible
characters, so that windows can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.judge import EncoderJudge, TextEncoder, load_judge, load_tokenizer


@pytest.fixture(scope="session")
def encoder(tiny_model: Path) -> TextEncoder:
    return TextEncoder(load_tokenizer(tiny_model))


@pytest.fixture(scope="session")
def judge(tiny_model: Path) -> EncoderJudge:
    return load_judge(tiny_model)
