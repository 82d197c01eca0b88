"""What the figures count, alone and over several processes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stance.protocols.metrics import Metrics
from stance.records import Attribute, Case


def figures(page: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of a page of figures, by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def figure(page: bytes, name: str, **labels: str) -> float:
    return figures(page)[name, frozenset(labels.items())]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_a_request_is_counted_under_its_protocol_and_status(metrics):
    metrics.request("perspective", 200, 0.07)
    metrics.request("perspective", 200, 0.3)
    metrics.request("coral", 204, 0.01)
    page = metrics.page()
    assert figure(page, "stance_request_seconds_count", protocol="perspective", status="200") == 2
    assert figure(page, "stance_request_seconds_bucket", protocol="perspective", status="200", le="0.1") == 1
    assert figure(page, "stance_request_seconds_sum", protocol="coral", status="204") == pytest.approx(0.01)


def test_scores_fall_into_the_histogram_of_their_attribute(metrics, make_judge):
    judge = make_judge(attributes=dict.fromkeys(Attribute, 0.1) | {Attribute.THREAT: 0.97})
    metrics.batch(judge.judge([Case(comment_id="a", text="Mend the pier."), Case(comment_id="b", text="No.")]))
    page = metrics.page()
    assert figure(page, "stance_batch_texts_sum") == 2
    assert figure(page, "stance_batch_texts_count") == 1
    assert figure(page, "stance_score_bucket", attribute="INSULT", le="0.1") == 2
    assert figure(page, "stance_score_bucket", attribute="THREAT", le="0.95") == 0
    assert figure(page, "stance_score_bucket", attribute="THREAT", le="1.0") == 2


def test_what_waits_and_what_was_shed_is_told(metrics):
    metrics.waiting(7)
    metrics.waiting(3)
    metrics.shed()
    assert figure(metrics.page(), "stance_waiting_texts") == 3
    assert figure(metrics.page(), "stance_shed_total") == 1


def test_every_attribute_is_shown_before_anything_was_judged(metrics):
    page = metrics.page()
    assert [figure(page, "stance_score_count", attribute=attribute) for attribute in Attribute] == [0] * len(Attribute)


def test_two_servers_in_one_process_do_not_count_for_each_other(metrics):
    metrics.shed()
    assert figure(Metrics().page(), "stance_shed_total") == 0


WORKER = """
import os, signal, sys
from pathlib import Path
from stance.protocols.metrics import Metrics, share_figures
share_figures(Path(sys.argv[1]))
told, tell = os.pipe()
child = os.fork()
metrics = Metrics()
metrics.request("perspective", 200, 0.05)
metrics.waiting(5)
metrics.shed()
if child:
    os.close(tell)
    os.read(told, 1)
    sys.stdout.write(metrics.page().decode() + "---\\n")
    os.kill(child, 9)
    os.waitpid(child, 0)
    sys.stdout.write(metrics.page().decode())
else:
    os.write(tell, b"1")
    signal.pause()
"""


def test_processes_that_share_a_folder_are_summed_up_by_each_of_them(tmp_path):
    run = subprocess.run([sys.executable, "-c", WORKER, str(tmp_path)], check=True, capture_output=True, text=True)
    both, after = (page.encode() for page in run.stdout.split("---\n"))
    assert figure(both, "stance_request_seconds_count", protocol="perspective", status="200") == 2
    assert figure(both, "stance_shed_total") == 2
    assert figure(both, "stance_waiting_texts") == 10
    # One was killed: what it answered stays counted, what waited for it does not.
    assert figure(after, "stance_shed_total") == 2
    assert figure(after, "stance_waiting_texts") == 5
