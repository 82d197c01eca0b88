"""A `Page` in; a `Thread` out: oldest first, parents present, no ring, nothing lost. With quotations and sentences."""

from stance.thread.build import build_thread
from stance.thread.mend import MENDED
from stance.thread.order import find_order
from stance.thread.quotes import find_quotes, find_quoting_pairs
from stance.thread.ring import find_ring
from stance.thread.sentences import split_sentences

__all__ = [
    "MENDED",
    "build_thread",
    "find_order",
    "find_quotes",
    "find_quoting_pairs",
    "find_ring",
    "split_sentences",
]
