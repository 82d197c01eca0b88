import pytest
import torch
from torch.optim import AdamW

from stance.judge import load_model
from stance.train import checkpoint as checkpoint_module
from stance.train.checkpoint import load_checkpoint, save_checkpoint


def make_pair(tiny_model):
    model = load_model(tiny_model).train()
    return model, AdamW(model.parameters(), lr=1e-3)


def take_steps(model, optimizer, n_steps):
    """Steps that use the random generator, as dropout does."""
    for _ in range(n_steps):
        loss = sum((value * torch.randn_like(value)).sum() for value in model.parameters())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_a_resumed_run_ends_where_an_unbroken_one_does(tiny_model, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    torch.manual_seed(3)
    model, optimizer = make_pair(tiny_model)
    take_steps(model, optimizer, 2)
    save_checkpoint(path, model, optimizer, step=2, run="r")
    take_steps(model, optimizer, 2)

    torch.manual_seed(99)
    resumed, its_optimizer = make_pair(tiny_model)
    assert load_checkpoint(path, resumed, its_optimizer, digest=lambda step: "r") == 2
    take_steps(resumed, its_optimizer, 2)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, rtol=0, atol=0)


def test_another_runs_checkpoint_is_left_alone(tiny_model, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    model, optimizer = make_pair(tiny_model)
    take_steps(model, optimizer, 1)
    save_checkpoint(path, model, optimizer, step=1, run="one recipe")
    other, its_optimizer = make_pair(tiny_model)
    before = {name: value.clone() for name, value in other.state_dict().items()}
    assert load_checkpoint(path, other, its_optimizer, digest=lambda step: "another recipe") == 0
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())
    assert its_optimizer.state_dict()["state"] == {}


def test_without_a_checkpoint_a_run_begins_anew(tiny_model, tmp_path):
    model, optimizer = make_pair(tiny_model)
    assert load_checkpoint(tmp_path / "checkpoint.safetensors", model, optimizer, digest=lambda step: "r") == 0


def test_a_kill_while_writing_leaves_the_last_checkpoint(tiny_model, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.safetensors"
    model, optimizer = make_pair(tiny_model)
    save_checkpoint(path, model, optimizer, step=1, run="r")

    def write_half_and_die(tensors, place, metadata):
        place.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint_module, "save_file", write_half_and_die)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(path, model, optimizer, step=2, run="r")
    assert load_checkpoint(path, model, optimizer, digest=lambda step: "r") == 1
