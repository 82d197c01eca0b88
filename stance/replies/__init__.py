"""Thread with readings and quotations in, one `Reply` a comment out: its parent, how sure, why, and the runners-up."""

from stance.replies.features import FEATURES
from stance.replies.forest import Forest
from stance.replies.link import N_ALTERNATIVES, link_replies, measure_thread
from stance.replies.scorer import ReplyScorer, load_scorer, softmax_by_group

__all__ = [
    "FEATURES",
    "N_ALTERNATIVES",
    "Forest",
    "ReplyScorer",
    "link_replies",
    "load_scorer",
    "measure_thread",
    "softmax_by_group",
]
