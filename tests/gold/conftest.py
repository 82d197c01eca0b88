"""The model that ships, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.judge import EncoderJudge, default_model_folder, load_judge


@pytest.fixture(scope="session")
def shipped_folder() -> Path:
    return default_model_folder()


@pytest.fixture(scope="session")
def shipped_judge(shipped_folder: Path) -> EncoderJudge:
    return load_judge(shipped_folder)
