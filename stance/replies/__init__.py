"""Thread with readings and quotations in, one `Reply` a comment out: its parent, how sure, why, and the runners-up."""

from stance.replies.board import Board
from stance.replies.features import FEATURES
from stance.replies.forest import Forest
from stance.replies.link import N_ALTERNATIVES, Measured, link_replies, measure_thread
from stance.replies.scorer import ReplyScorer, SecondLook, load_scorer, softmax_by_group
from stance.replies.talk import TALK_FEATURES, Talk

__all__ = [
    "FEATURES",
    "N_ALTERNATIVES",
    "TALK_FEATURES",
    "Board",
    "Forest",
    "Measured",
    "ReplyScorer",
    "SecondLook",
    "Talk",
    "link_replies",
    "load_scorer",
    "measure_thread",
    "softmax_by_group",
]
