"""An attribute's name as a client of Perspective writes it in, what the judge says under it out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from stance.records import Attribute

_VERSION: Final = re.compile(r"@[\w.-]{1,20}\Z", re.ASCII)
_TWINS: Final = ("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT")
NAMES: Final[Mapping[str, Attribute]] = {
    **{attribute.value: attribute for attribute in Attribute},
    **{f"{name}_EXPERIMENTAL": Attribute(name) for name in _TWINS},
    # "The same as TOXICITY, but faster", and "obscene or vulgar language such as cursing".
    "TOXICITY_FAST": Attribute.TOXICITY,
    "OBSCENE": Attribute.PROFANITY,
}
"""By Perspective's name. What it had and this lacks means something that the judge has not learned."""


def find_attribute(name: str) -> Attribute | None:
    """Return what a name such as `TOXICITY`, `TOXICITY_EXPERIMENTAL` or `TOXICITY@6` asks for, None if unknown."""
    return NAMES.get(_VERSION.sub("", name))
