"""The encoder and its heads: one pass over a comment, every judgement from the states of that pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from stance.judge.bert import BertEncoder, BertShape
from stance.judge.collate import Batch, TargetBatch
from stance.judge.hub import HubEncoder
from stance.records import ActorKind, Attribute, Device, Relation, Stance

if TYPE_CHECKING:
    from transformers import BertConfig, PretrainedConfig

STANCES: Final = tuple(Stance)
"""The columns of the stance head."""
RELATIONS: Final = tuple(Relation)
"""The columns of the relation head."""
ATTRIBUTES: Final = tuple(Attribute)
"""The columns of the attributes' head."""
SENTENCE_LABELS: Final = ("claim", "check_worthy", "rhetoric", *(device.value for device in Device))
"""The columns of the sentences' head."""
NAME_KINDS: Final = (ActorKind.PERSON, ActorKind.ORGANISATION, ActorKind.UNKNOWN)
"""The kinds of names that the tagger tells apart."""
TAGS: Final = ("O", *(f"{prefix}-{kind.value}" for kind in NAME_KINDS for prefix in ("B", "I")))
LINK_WIDTH: Final = 128


class StanceHead(nn.Module):
    """A query made from the target attends over the words it is named in, or all of the writer's own.

    The query is the mean state of the target's mentions (a learned vector where it is not named) plus a projection of
    its name's states, which have read the same words in every layer of the encoder; one cross-attention layer with a
    feed-forward, then three classes. The target reads the comment, so the cost grows with comments, not with comments
    times targets.
    """

    def __init__(self, width: int, *, n_heads: int = 6, dropout: float = 0.1) -> None:
        super().__init__()
        self._n_heads = n_heads
        self.unnamed = nn.Parameter(torch.zeros(width))
        self.name = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.read = nn.Linear(width, width)
        self.read_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width)
        )
        self.feed_forward_norm = nn.LayerNorm(width)
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, len(STANCES)))

    def forward(self, states: Tensor, targets: TargetBatch) -> Tensor:
        """Return logits (targets, 3), columns in `Stance` order."""
        mention, query, keys, values = self._look(states, targets)
        heard = functional.scaled_dot_product_attention(
            self._heads(self.query(query)[:, None]), keys, values, attn_mask=targets.heard[:, None, None]
        )
        return self._conclude(mention, query, heard)

    def explain(self, states: Tensor, targets: TargetBatch) -> tuple[Tensor, Tensor]:
        """Return logits (targets, 3) and how much of the likeliest one rests on each token (targets, tokens).

        A token weighs half by the attention paid to it and half by what the word then adds to the likeliest logit over
        the others: attention times value times gradient, where that is above 0. Neither alone is faithful everywhere:
        deleting words by attention moves most where the target is named, by gradient where it is not. Rows sum to 1, or
        to a half where no token adds anything.
        """
        with torch.no_grad():
            mention, query, keys, values = self._look(states, targets)
            score = self._heads(self.query(query)[:, None]) @ keys.transpose(-1, -2) * keys.shape[-1] ** -0.5
            attention = score.masked_fill(~targets.heard[:, None, None], float("-inf")).softmax(dim=-1)
            heard = attention @ values
        # What was made for inference alone has no gradients; its copies do.
        with torch.inference_mode(False), torch.enable_grad():
            pooled = heard.clone().requires_grad_(True)
            logits = self._conclude(mention.clone(), query.clone(), pooled)
            likeliest = functional.one_hot(logits.argmax(dim=1), len(STANCES)).bool()
            others = logits.masked_fill(likeliest, float("-inf")).logsumexp(dim=1)
            (slope,) = torch.autograd.grad((logits[likeliest] - others).sum(), pooled)
        with torch.no_grad():
            added = (attention * (slope @ values.transpose(-1, -2))).sum(dim=(1, 2)).clamp(min=0)
            added = added / added.sum(dim=1, keepdim=True).clamp(min=1e-9)
        return logits.detach(), (attention.mean(dim=1)[:, 0] + added) / 2

    def _look(self, states: Tensor, targets: TargetBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return mentions and queries (targets, width), keys and values (targets, heads, tokens, width of a head)."""
        named = targets.mentions.any(dim=1, keepdim=True)
        mention = torch.where(named, masked_mean(states[targets.rows], targets.mentions), self.unnamed)
        name = functional.normalize(masked_mean(states[targets.rows], targets.names), dim=-1)
        query = mention + self.name(name)
        # Keys and values are made once a window, however many targets look at it.
        keys, values = (self._heads(part)[targets.rows] for part in self.key_value(states).chunk(2, dim=-1))
        return mention, query, keys, values

    def _conclude(self, mention: Tensor, query: Tensor, heard: Tensor) -> Tensor:
        """Return logits from what was heard, (targets, heads, 1, width of a head)."""
        hidden = self.read_norm(query + self.read(heard.flatten(1)))
        hidden = self.feed_forward_norm(hidden + self.feed_forward(hidden))
        logits: Tensor = self.out(torch.cat([hidden, mention], dim=-1))
        return logits

    def _heads(self, states: Tensor) -> Tensor:
        """(rows, tokens, width) to (rows, heads, tokens, width of a head)."""
        split: Tensor = states.unflatten(-1, (self._n_heads, -1))  # type: ignore[no-untyped-call]
        return split.transpose(1, 2)


class RelationHead(nn.Module):
    """Comment and what it answers pooled apart and compared, as in InferSent (Conneau et al., arXiv:1705.02364)."""

    def __init__(self, width: int, *, hidden: int = 192, dropout: float = 0.1) -> None:
        super().__init__()
        self.out = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(5 * width, hidden), nn.GELU(), nn.Linear(hidden, len(RELATIONS))
        )

    def forward(self, states: Tensor, own: Tensor, other: Tensor) -> Tensor:
        """Return logits (batch, 4), columns in `Relation` order."""
        comment, answered = masked_mean(states, own), masked_mean(states, other)
        logits: Tensor = self.out(
            torch.cat([states[:, 0], comment, answered, comment * answered, (comment - answered).abs()], dim=-1)
        )
        return logits


class SentenceHead(nn.Module):
    """Mean and maximum of a sentence's states to one logit a label."""

    def __init__(self, width: int, *, hidden: int = 128, dropout: float = 0.1) -> None:
        super().__init__()
        self.out = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(2 * width, hidden), nn.GELU(), nn.Linear(hidden, len(SENTENCE_LABELS))
        )

    def forward(self, states: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        """Return logits (sentences, labels); `rows` (sentences,), `tokens` (sentences, tokens) bool."""
        inside = states[rows]
        highest = inside.masked_fill(~tokens[..., None], -1e4).max(dim=1).values
        highest = torch.where(tokens.any(dim=1, keepdim=True), highest, torch.zeros_like(highest))
        logits: Tensor = self.out(torch.cat([masked_mean(inside, tokens), highest], dim=-1))
        return logits


class AttributeHead(nn.Module):
    """Attention pooling, one query an attribute: what it pays attention to is the span that carries the attribute."""

    def __init__(self, width: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.query = nn.Linear(width, len(ATTRIBUTES))
        self.hidden = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, width), nn.GELU())
        self.weight = nn.Parameter(torch.randn(len(ATTRIBUTES), width) * width**-0.5)
        self.bias = nn.Parameter(torch.full((len(ATTRIBUTES),), -1.0))

    def forward(self, states: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (batch, attributes) and the attention paid (batch, attributes, tokens), rows summing to 1."""
        attention = self.query(states).masked_fill(~own[..., None], float("-inf")).softmax(dim=1).transpose(1, 2)
        pooled = attention @ self.hidden(states)
        return (pooled * self.weight).sum(dim=-1) + self.bias, attention


class StanceModel(nn.Module):
    """The one-pass model: an encoder with all heads on its states."""

    def __init__(self, config: BertShape | PretrainedConfig) -> None:
        super().__init__()
        width: int = config.hidden_size
        self.encoder = BertEncoder(config) if is_plain_bert(config) else HubEncoder(cast("PretrainedConfig", config))
        self.stance = StanceHead(width, n_heads=next(n for n in (6, 4, 3, 2, 1) if width % n == 0))
        self.relation = RelationHead(width)
        self.sentence = SentenceHead(width)
        self.attribute = AttributeHead(width)
        self.case = nn.Embedding(4, 16)
        self.tag = nn.Linear(width + 16, len(TAGS))
        self.reply = nn.Linear(width, LINK_WIDTH)
        self.parent = nn.Linear(width, LINK_WIDTH)

    def encode(self, batch: Batch) -> Tensor:
        """Return the states (batch, tokens, width) of one pass."""
        states: Tensor = self.encoder(batch)
        return states

    def embed(self, states: Tensor, own: Tensor) -> Tensor:
        """Return the mean of the own words' states at unit length, (batch, width)."""
        return functional.normalize(masked_mean(states, own), dim=-1)

    def link(self, states: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
        """Return unit vectors (batch, LINK_WIDTH): the comment as one that answers, and as one that is answered."""
        pooled = masked_mean(states, own)
        return functional.normalize(self.reply(pooled), dim=-1), functional.normalize(self.parent(pooled), dim=-1)

    def tags(self, states: Tensor, capitals: Tensor) -> Tensor:
        """Return logits (batch, tokens, tags); capital letters are given apart, since the vocabulary is uncased."""
        logits: Tensor = self.tag(torch.cat([states, self.case(capitals)], dim=-1))
        return logits


def is_plain_bert(config: BertShape | PretrainedConfig) -> TypeGuard[BertShape | BertConfig]:
    """Whether the forward pass of our own gives the states of transformers'."""
    positions = getattr(config, "position_embedding_type", "absolute")
    return config.model_type == "bert" and getattr(config, "hidden_act", "") == "gelu" and positions == "absolute"


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of `states` (rows, tokens, width) where `mask` (rows, tokens) is True; 0 where a row has none."""
    weights = mask.to(states.dtype)[..., None]
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
