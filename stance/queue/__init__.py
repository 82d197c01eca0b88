"""Judgements and a policy in, an order for the moderator with reasons out."""

from stance.queue.policy import load_policy
from stance.queue.ranking import rank

__all__ = ["load_policy", "rank"]
