"""What the measures count; how fast this machine is, no test asks."""

from __future__ import annotations

import time

import pytest
import torch

from stance.bench import (
    Stopwatch,
    describe_machine,
    hours_of,
    make_comments,
    measure_batches,
    measure_pipeline,
    one_thread,
    take_turns,
    timed,
    words_of,
)
from stance.bench.encoder import (
    arrival_batches,
    count_operations,
    forward,
    ideal_batches,
    length_batches,
)
from stance.bench.machine import matrix_rate
from stance.judge import TOKEN_BUDGET, TextEncoder, load_model, load_tokenizer


@pytest.fixture(scope="module")
def parts(tiny_model):
    encoder = TextEncoder(load_tokenizer(tiny_model))
    texts = [comment.text for comment in make_comments(words_of(load_tokenizer(tiny_model)), n_comments=70)]
    return load_model(tiny_model), encoder, texts


def windows_of(encoder, texts):
    return [window for text in texts for window in encoder.windows(text)[0]]


def test_a_stopwatch_adds_up_and_tells_work_from_waiting():
    watch = Stopwatch()
    for _ in range(2):
        with watch.running():
            time.sleep(0.02)
    assert watch.wall_seconds >= 0.04
    assert watch.processor_seconds < watch.wall_seconds
    assert timed(lambda: time.sleep(0.01)).wall_seconds >= 0.01


def test_a_stopwatch_stops_when_what_it_times_fails():
    watch = Stopwatch()
    with pytest.raises(ValueError, match="stop"), watch.running():
        raise ValueError("stop")
    assert watch.wall_seconds > 0


def test_works_take_turns_and_the_best_of_each_counts():
    done = []
    slow_first = iter([0.03, 0.0, 0.0])

    def spin():
        done.append("spin")
        end = time.process_time() + next(slow_first)
        while time.process_time() < end:
            pass

    spun, _ = take_turns(spin, lambda: done.append("other"), times=3)
    assert done == ["spin", "other"] * 3
    assert spun.processor_seconds < 0.03


def test_each_kind_of_batch_holds_every_window_once(parts):
    _, encoder, texts = parts
    windows = windows_of(encoder, texts)
    for make in (ideal_batches, arrival_batches, length_batches):
        assert sorted(index for batch in make(windows) for index in batch) == list(range(len(windows)))
    assert arrival_batches(windows)[0] == list(range(32))
    lengths = [len(windows[index].ids) for batch in length_batches(windows) for index in batch]
    assert lengths == sorted(lengths)
    for batch in ideal_batches(windows):
        assert max(len(windows[index].ids) for index in batch) * len(batch) <= TOKEN_BUDGET


def test_what_the_heads_say_stands_in_the_order_of_the_windows(parts):
    model, encoder, texts = parts
    windows = windows_of(encoder, texts)[:5]
    alone = torch.cat([forward(model, [one], [[0]], pad_id=encoder.pad_id).probabilities for one in windows])
    together = forward(model, windows, [[4, 0], [2], [3, 1]], pad_id=encoder.pad_id).probabilities
    assert torch.allclose(alone, together, atol=1e-5)
    assert not torch.allclose(alone[0], alone[1], atol=1e-5)


def test_batches_are_compared_over_the_same_tokens(parts):
    measured = measure_batches(*parts, times=1)
    assert set(measured.ratios) == {"arrival", "by_length", "apart"}
    assert 0 < measured.ratios["apart"] < 1e-5
    assert measured.seen["tokens"] == sum(len(window.ids) for window in windows_of(*parts[1:]))
    assert measured.seen["comments"] == 70


def test_operations_are_those_of_the_matrix_products(tiny_model):
    config = load_model(tiny_model).encoder.config
    # One layer, width and inner width 48. Two tokens: four projections and two of the feed-forward part, each
    # 2 x 2 x 48 x 48, and scores and weighted values, each 2 x 2 x 2 x 48.
    assert count_operations(config, [2]) == 6 * (2 * 2 * 48 * 48) + 2 * (2 * 2 * 2 * 48)
    assert count_operations(config, [2, 2]) == 2 * count_operations(config, [2])


def test_the_parts_of_the_pipeline_are_all_of_it(tiny_model):
    seen = measure_pipeline(tiny_model, words_of(load_tokenizer(tiny_model)), n_comments=30).seen
    parts = [seen[f"{name}_seconds"] for name in ("encoder", "tokens", "heads", "rest")]
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(seen["processor_seconds"])
    # Each comment alone and with what it answers, and each article's beginning and every name once.
    assert seen["windows"] > 60


def test_the_machine_is_named_and_multiplies():
    assert describe_machine()["cores"] >= 1
    assert describe_machine()["processor"]
    assert matrix_rate(times=1) > 1e8


def test_torch_gets_its_threads_back():
    n_before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(n_before)


def test_hours_are_those_of_the_measured_rate():
    # 7,200,000 comments at 1,000 a second are two hours, and one with two workers.
    groups = {"pipeline": {"seen": {"comments_a_second": 1000.0}}}
    assert hours_of(7_200_000, groups, n_workers=1) == pytest.approx(2)
    assert hours_of(7_200_000, groups, n_workers=2) == pytest.approx(1)
