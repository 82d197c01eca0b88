import math
import random

import pytest
import torch
from torch.nn import functional

from stance.judge import Batch, load_model
from stance.train.batches import LinkStep
from stance.train.losses import (
    LINK_TEMPERATURE,
    link_loss,
    masked_binary_cross_entropy,
    soft_cross_entropy,
    step_losses,
)


def test_soft_labels_give_the_cross_entropy_of_torch():
    torch.manual_seed(0)
    logits = torch.randn(5, 4)
    gold = torch.rand(5, 4).softmax(dim=-1)
    oracle = functional.cross_entropy(logits, gold)
    torch.testing.assert_close(soft_cross_entropy(logits, gold, torch.ones(5)), oracle)


def test_a_class_that_was_not_offered_is_left_out():
    # Two classes are offered, with equal logits: ln 2, however loud the third.
    logits = torch.tensor([[1.0, 1.0, 50.0]], requires_grad=True)
    loss = soft_cross_entropy(logits, torch.tensor([[1.0, 0.0, -1.0]]), torch.ones(1))
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    # Softmax minus gold over the two, nothing for the third.
    torch.testing.assert_close(logits.grad, torch.tensor([[-0.5, 0.5, 0.0]]))


def test_rows_weigh_what_they_should():
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0]])
    gold = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # (3 ln 2 + 1 ln 4) / 4 = 5/4 ln 2.
    loss = soft_cross_entropy(logits, gold, torch.tensor([3.0, 1.0]))
    assert loss.item() == pytest.approx(1.25 * math.log(2))


def test_a_row_without_weight_moves_nothing():
    logits = torch.tensor([[0.0, 0.0], [9.0, -9.0]], requires_grad=True)
    loss = soft_cross_entropy(logits, torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1.0, 0.0]))
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    assert logits.grad[1].tolist() == [0.0, 0.0]


def test_no_rows_give_no_loss_with_a_gradient():
    logits = torch.zeros(0, 3, requires_grad=True)
    loss = soft_cross_entropy(logits, torch.zeros(0, 3), torch.zeros(0))
    loss.backward()
    assert loss.item() == 0


def test_unknown_labels_do_not_move_the_loss():
    gold = torch.tensor([[1.0, -1.0]] * 8)
    quiet = torch.zeros(8, 2, requires_grad=True)
    loss = masked_binary_cross_entropy(quiet, gold)
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    assert quiet.grad[:, 1].abs().sum() == 0
    loud = torch.tensor([[0.0, 99.0]] * 8)
    assert masked_binary_cross_entropy(loud, gold).item() == pytest.approx(math.log(2))


def test_each_label_weighs_alike_and_a_rare_one_less():
    # Eight rows of the first label (mean ln 2), two of the second (2 ln 2 over the floor of eight).
    gold = torch.tensor([[1.0, 1.0]] * 2 + [[0.0, -1.0]] * 6)
    loss = masked_binary_cross_entropy(torch.zeros(8, 2), gold)
    assert loss.item() == pytest.approx(1.25 * math.log(2))


def test_a_step_where_nothing_is_known_has_no_loss():
    logits = torch.randn(3, 2, requires_grad=True)
    loss = masked_binary_cross_entropy(logits, torch.full((3, 2), -1.0))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad.abs().sum() == 0


class Mirror:
    """Encodes a text as its first id, one-hot: it is found by whatever has the same."""

    def encode(self, batch):
        return functional.one_hot(batch.ids, 4).float()

    def link(self, states, own):
        return states[:, 0], states[:, 0]


def one_token_each(ids):
    column = torch.tensor(ids)[:, None]
    known = torch.ones_like(column, dtype=torch.bool)
    return Batch(ids=column, mask=known, types=column * 0, own=known, other=~known, capitals=column * 0)


def test_a_perfect_match_costs_hardly_anything_and_a_wrong_one_a_lot():
    replies = one_token_each([0, 1, 2, 3])
    # ln(1 + 3 exp(-1 / 0.05)) is about 6e-9.
    assert link_loss(Mirror(), LinkStep(replies=replies, parents=replies)).item() == pytest.approx(0, abs=1e-6)
    wrong = link_loss(Mirror(), LinkStep(replies=replies, parents=one_token_each([3, 0, 1, 2])))
    assert wrong.item() == pytest.approx(1 / LINK_TEMPERATURE, abs=1e-3)


def test_a_head_without_labels_in_a_step_has_no_loss(tiny_model, maker, make_example):
    model = load_model(tiny_model)
    plain = make_example("The ferry is late.")
    losses = step_losses(model, maker.step([plain], random.Random(0)))
    assert losses.keys() == {"attributes"}
    assert losses["attributes"].item() == 0


def test_every_labelled_head_has_a_finite_loss_with_a_gradient(tiny_model, maker, all_labels):
    model = load_model(tiny_model)
    losses = step_losses(model, maker.step(all_labels, random.Random(0)))
    assert losses.keys() == {"stance", "relation", "sentences", "attributes", "names"}
    sum(losses.values()).backward()
    for head in (model.stance, model.relation, model.sentence, model.attribute, model.tag):
        assert any(value.grad is not None and value.grad.abs().sum() > 0 for value in head.parameters())
    assert all(torch.isfinite(value.grad).all() for value in model.parameters() if value.grad is not None)
