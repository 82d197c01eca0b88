"""Data sets of the Hugging Face hub, each at one commit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stance.errors import Unreadable

if TYPE_CHECKING:
    from datasets import Dataset

PREFIX: Final = "hf://datasets/"
_NAME: Final = re.compile(re.escape(PREFIX) + r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w.][\w./-]*))?")
_COMMIT: Final = re.compile("[0-9a-f]{40}")
_REACH: Final = "Check the name and the network, or save it with save_to_disk and give the folder."


@dataclass(frozen=True, slots=True)
class HubDataset:
    """A data set of the hub as it was at a commit; `word` is how it was asked for."""

    word: str
    name: str
    commit: str

    def load(self) -> Mapping[str, Dataset]:
        """Download it, or take it from the cache, and return its splits.

        Raises:
            Unreadable: The hub cannot be reached, or this is no data set that `datasets` loads without more words.
        """
        from datasets import load_dataset
        from datasets.exceptions import DatasetsError

        try:
            return dict(load_dataset(self.name, revision=self.commit))
        except (OSError, ValueError, LookupError, RuntimeError, DatasetsError) as error:
            raise Unreadable(self.word, why=f"no data set that can be loaded: {_kind(error)}", mend=_REACH) from error


def find_dataset(word: str) -> HubDataset:
    """Resolve `hf://datasets/OWNER/NAME@REVISION` to a commit; one that is given as such is not asked for.

    Raises:
        Unreadable: It is no such name, or the hub does not know it or cannot be reached.
    """
    asked = _NAME.fullmatch(word)
    if asked is None:
        mend = f"Give it as {PREFIX}OWNER/NAME, with @REVISION behind it for another than the newest."
        raise Unreadable(word, why="no name of a data set", mend=mend)
    name, revision = asked["name"], asked["revision"]
    if revision and _COMMIT.fullmatch(revision):
        return HubDataset(word, name, revision)
    from huggingface_hub import HfApi

    # The root of what its client for HTTP raises, which is not the same package in each version.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        commit = HfApi().dataset_info(name, revision=revision).sha
    except (OSError, ValueError, RuntimeError, HTTPError) as error:
        raise Unreadable(word, why=f"the hub gives no commit: {_kind(error)}", mend=_REACH) from error
    if not commit:
        raise Unreadable(word, why="the hub gives no commit", mend=_REACH)
    return HubDataset(word, name, commit)


def _kind(error: Exception) -> str:
    return type(error).__name__
