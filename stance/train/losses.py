"""The masked losses of every head; a label that a source does not give never moves a weight."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from stance.judge import StanceModel
from stance.train.batches import LinkStep, Step

LINK_TEMPERATURE = 0.05


def soft_cross_entropy(logits: Tensor, gold: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy against soft labels over the classes that each row's source offers.

    Args:
        logits: (rows, classes), float32.
        gold: (rows, classes), probabilities; negative where the source does not offer the class.
        weights: (rows,), at least 0.

    Returns:
        Scalar, nats a unit of weight; 0 (with a gradient) where there is no row.
    """
    offered = gold >= 0
    log_probabilities = logits.masked_fill(~offered, float("-inf")).log_softmax(dim=-1)
    per_row = -(gold.clamp(min=0) * log_probabilities.masked_fill(~offered, 0.0)).sum(dim=-1)
    total: Tensor = (per_row * weights).sum() / weights.sum().clamp(min=1.0)
    return total


def masked_binary_cross_entropy(logits: Tensor, gold: Tensor) -> Tensor:
    """Binary cross-entropy where `gold` is known (>= 0), each label's mean weighing alike.

    Args:
        logits: (rows, labels), float32.
        gold: (rows, labels), soft labels in [0, 1]; negative where unknown.

    Returns:
        Scalar, the sum over labels of nats a known row; 0 (with a gradient) where nothing is known.
    """
    known = gold >= 0
    per_entry = functional.binary_cross_entropy_with_logits(logits, gold.clamp(min=0), reduction="none") * known
    # A label with few rows in a step would jump about: at least eight are divided by.
    total: Tensor = (per_entry.sum(dim=0) / known.sum(dim=0).clamp(min=8)).sum()
    return total


def step_losses(model: StanceModel, step: Step) -> dict[str, Tensor]:
    """Every head's loss in one step, by head."""
    states = model.encode(step.batch)
    losses = {"attributes": masked_binary_cross_entropy(model.attribute(states, step.batch.own)[0], step.attributes)}
    if step.batch.targets is not None:
        logits = model.stance(states, step.batch.targets)
        losses["stance"] = soft_cross_entropy(logits, step.stances, step.stance_weights)
    if len(step.relation_rows):
        related = model.relation(states, step.batch.own, step.batch.other)[step.relation_rows]
        losses["relation"] = soft_cross_entropy(related, step.relations, step.relation_weights)
    if len(step.sentence_rows):
        sentences = model.sentence(states, step.sentence_rows, step.sentence_tokens)
        losses["sentences"] = masked_binary_cross_entropy(sentences, step.sentences)
    if bool((step.tags >= 0).any()):
        tags = model.tags(states, step.batch.capitals)
        losses["names"] = functional.cross_entropy(tags.flatten(0, 1), step.tags.flatten(), ignore_index=-100)
    return losses


def link_loss(model: StanceModel, step: LinkStep) -> Tensor:
    """In-batch contrast (van den Oord et al. 2018, arXiv:1807.03748): each reply must find what it answers."""
    replies, _ = model.link(model.encode(step.replies), step.replies.own)
    _, parents = model.link(model.encode(step.parents), step.parents.own)
    return functional.cross_entropy(
        replies @ parents.T / LINK_TEMPERATURE, torch.arange(len(replies), device=replies.device)
    )
