"""The engine on Ray, on real clusters of this machine; $STANCE_KILLS sets how often a run is killed (2)."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from ray_run import Guest, Unknown, fail_to_load, lethal_model
from standing_judge import make_job

from stance import __version__
from stance.batch import (
    ChangedModel,
    Failed,
    Model,
    NoWorkers,
    Shard,
    ShardFailed,
    WorkerLost,
    WorkerUnfit,
    on_ray,
    run_batch,
    score_partition,
    shipped_model,
)
from stance.batch.ray_engine import _OWN, _QUIET, Member, _Crew
from stance.cli import main
from stance.errors import MissingExtra

HERE = Path(__file__).parent
N_KILLS = int(os.environ.get("STANCE_KILLS", "2"))
N_SECONDS = 100


@pytest.fixture(autouse=True)
def watchdog():
    """A test that hangs fails."""

    def bark(number, frame):
        raise TimeoutError(f"the test has taken more than {N_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, bark)
    signal.alarm(N_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module", params=[2, 4])
def cluster(request):
    """A cluster of so many logical CPUs, to which this process and its programs connect; gives its address."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (_QUIET | _OWN).items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
        ray = find_ray()
        ray.init(
            "local",
            num_cpus=request.param,
            object_store_memory=120_000_000,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="CRITICAL",
        )
        yield ray.get_runtime_context().gcs_address
        ray.shutdown()


def find_ray():
    try:
        return import_module("ray")
    except ImportError:
        if os.environ.get("STANCE_REQUIRE_SERVICES"):
            pytest.fail("Ray is not installed (pip install 'stance[ray]'), and STANCE_REQUIRE_SERVICES is set")
        pytest.skip("Ray is not installed (pip install 'stance[ray]')")


ON_TWO = pytest.mark.parametrize("cluster", [2], indirect=True, scope="module")


def write_comments(path, *, n_threads=12, text="The bridge should be mended before winter."):
    """Three comments a thread, the third answering the second."""
    rows = [
        {"id": f"{thread}-{n}", "thread_id": f"t{thread}", "text": f"{text} Number {thread}, {n}."}
        | ({"parent_id": f"{thread}-2"} if n == 3 else {})
        for thread in range(n_threads)
        for n in (1, 2, 3)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def comments(tmp_path):
    return write_comments(tmp_path / "comments.jsonl")


def wait_for(claim):
    deadline = time.monotonic() + N_SECONDS
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.005)


def finished(out):
    return {marker.stem: marker.stat().st_mtime_ns for marker in (out / ".stance" / "done").glob("*.json")}


def without_address():
    return {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}


def files(out):
    """All that a run leaves for its reader."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_a_run_that_lost_a_worker_leaves_the_same_bytes_as_one_without_ray(cluster, comments, tmp_path):
    bad = write_comments(tmp_path / "bad.jsonl", n_threads=1, text="POISON")
    with bad.open("a") as stream:
        stream.write("{broken\n")
    lethal = write_comments(tmp_path / "lethal.jsonl", n_threads=1, text="LETHAL")
    run_batch(make_job(comments, lethal, bad, out=tmp_path / "local"))
    told = []
    job = replace(
        make_job(comments, lethal, bad, out=tmp_path / "ray"), model=lethal_model(tmp_path / "killed", pause=0.1)
    )
    # Four workers are more than two CPUs have room for; those that find no place must not be waited for.
    counts = run_batch(job, engine=on_ray(n_workers=4), tell=lambda *one: told.append(one))
    assert (tmp_path / "killed").exists()
    assert (counts.comments_in, counts.comments_out, counts.rejected) == (43, 39, 4)
    assert told[-1] == (42, 42)
    local = files(tmp_path / "local")
    assert {"part-00000.parquet", "rejects.jsonl", "manifest.json"} < set(local)
    assert files(tmp_path / "ray") == local
    assert sorted(path.name for path in job.state.iterdir()) == ["done", "lock", "plan.json", "rejects.jsonl"]


@ON_TWO
def test_a_worker_lost_again_and_again_is_told_and_the_rest_is_kept(cluster, comments, tmp_path):
    fatal = write_comments(tmp_path / "fatal.jsonl", n_threads=1, text="FATAL")
    with pytest.raises(WorkerLost, match=r"shard 00000: .*lost 3 times"):
        run_batch(make_job(fatal, comments, out=tmp_path / "out"), engine=on_ray(n_workers=1))
    assert len(list((tmp_path / "out").glob("part-*"))) == 6


@ON_TWO
def test_what_a_worker_cannot_write_names_the_shard(cluster, comments, tmp_path):
    out = tmp_path / "out"
    (out / ".stance").mkdir(parents=True)
    (out / "part-00000.parquet").mkdir()
    with pytest.raises(ShardFailed, match=r"shard 00000: .*part-00000"):
        run_batch(make_job(comments, out=out), engine=on_ray(n_workers=1))


@ON_TWO
def test_a_folder_that_workers_do_not_see_is_told(cluster, comments, tmp_path):
    # A folder by the number under which this process alone has it open.
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(WorkerUnfit, match=r"does not see /proc/self/fd/.* all machines share") as caught:
            run_batch(make_job(comments, out=Path(f"/proc/self/fd/{handle}/out")), engine=on_ray(n_workers=1))
    finally:
        os.close(handle)
    assert caught.value.host == socket.gethostname()


def test_a_worker_says_why_it_cannot_take_part(comments, tmp_path):
    job = replace(make_job(comments, out=tmp_path), model=Model("none@0", fail_to_load))
    assert Member(job).begin(tmp_path / "elsewhere", __version__)[1].startswith(f"does not see {tmp_path}. Give --out")
    assert Member(job).begin(comments, "0.0.1")[1].startswith(f"has stance {__version__}, and the run 0.0.1. Install")
    assert "weights is missing" in Member(job).begin(comments, __version__)[1]
    assert Member(make_job(comments, out=tmp_path)).begin(comments, __version__) == (socket.gethostname(), None)


@ON_TWO
def test_workers_that_end_before_they_begin_are_told_with_the_reason(cluster, comments, tmp_path):
    job = replace(make_job(comments, out=tmp_path / "out"), model=Model("none@0", Unknown()))
    with pytest.raises(NoWorkers, match=r"3 times in a row .*Python"):
        run_batch(job, engine=on_ray(n_workers=1))


@ON_TWO
def test_a_cluster_without_room_is_told_and_not_waited_for(cluster, comments, tmp_path):
    import ray

    guests = [ray.remote(num_cpus=1)(Guest).remote() for _ in range(2)]
    ray.get([guest.stay.remote() for guest in guests])
    try:
        with pytest.raises(NoWorkers, match="no place for a worker in 2 seconds: the cluster has 2 CPUs, 0 free"):
            run_batch(make_job(comments, out=tmp_path / "out"), engine=on_ray(n_workers=2, patience_seconds=2))
    finally:
        for guest in guests:
            ray.kill(guest)


def test_a_shard_that_takes_long_is_told_and_waited_for(comments, tmp_path, caplog):
    class Idle:
        """What is asked of Ray here: to wait, and the second time something has ended."""

        exceptions = SimpleNamespace(RayActorError=1, OutOfMemoryError=2, NodeDiedError=3, WorkerCrashedError=4)
        answers: ClassVar = [([], ["future"]), (["future"], [])]

        def remote(self, **options):
            return lambda member: member

        def wait(self, futures, *, num_returns, timeout):
            assert (futures, timeout) == (["future"], 5)
            return self.answers.pop(0)

    crew = _Crew(Idle(), make_job(comments, out=tmp_path), comments, n_workers=1, patience_seconds=5)
    crew._running["future"] = (None, Shard(number=7, n_threads=1, n_comments=1))
    assert crew._wait() == ["future"]
    assert caplog.messages == ["stance: no shard has ended for 5 seconds; at work: 00007"]


@ON_TWO
def test_the_command_agrees_with_itself_on_another_engine(cluster, comments, tmp_path, tiny_model, monkeypatch, capsys):
    for engine in ("local", "ray"):
        words = ["score", str(comments), "--out", str(tmp_path / engine), "--model", str(tiny_model)]
        monkeypatch.setattr(sys, "argv", ["stance", *words, "--engine", engine])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        assert capsys.readouterr() == ("", f"stance: {tmp_path / engine}: 36 in, 36 out, 0 rejected\n")
    assert files(tmp_path / "ray") == files(tmp_path / "local")


@ON_TWO
def test_a_killed_run_goes_on_to_equal_rows_at_any_moment(cluster, comments, tmp_path):
    run_batch(make_job(comments, out=tmp_path / "whole"))
    chance = random.Random(20)
    for moment in range(N_KILLS):
        signal.alarm(N_SECONDS)
        out = tmp_path / f"out{moment}"
        program = [sys.executable, str(HERE / "ray_run.py"), str(comments), str(out), "2", "0.3"]
        # The fourth of four begins a cluster of its own, which is lost with it.
        env = without_address() if moment % 4 == 3 else {**os.environ, "RAY_ADDRESS": cluster}
        process = subprocess.Popen(program, env=env)
        wait_for((out / ".stance" / "plan.json").exists)
        # Six shards of 0.3 seconds by two workers, which take some seconds to begin.
        if moment % 4:
            wait_for(lambda done=out / ".stance" / "done": any(done.iterdir()))
        time.sleep(chance.uniform(0, 0.8))
        process.kill()
        process.wait()
        kept = finished(out)
        run_batch(make_job(comments, out=out), engine=on_ray(n_workers=2))
        assert kept.items() <= finished(out).items()
        assert files(out) == files(tmp_path / "whole")


def test_a_cluster_of_its_own_ends_with_the_run_and_says_nothing_even_of_a_lost_worker(comments, tmp_path):
    lethal = write_comments(tmp_path / "lethal.jsonl", n_threads=1, text="LETHAL")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from ray_run import *; from dataclasses import replace\n"
        "job = make_job(*sys.argv[2:4], out=Path(sys.argv[4]))\n"
        "job = replace(job, model=lethal_model(Path(sys.argv[5]), pause=0))\n"
        "print(run_batch(job, engine=on_ray(n_workers=1)).comments_out)\n"
        "import ray; print(ray.is_initialized())\n"
    )
    asked = [sys.executable, "-c", program, HERE, comments, lethal, tmp_path / "out", tmp_path / "killed"]
    done = subprocess.run(asked, check=False, env=without_address(), capture_output=True, text=True, timeout=N_SECONDS)
    assert (done.stdout, done.stderr, done.returncode) == ("39\nFalse\n", "", 0)
    assert (tmp_path / "killed").exists()


def test_an_address_where_no_cluster_is_ends_in_one_line(comments, tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from ray_run import *; from stance.batch import NoCluster\n"
        "try: run_batch(make_job(sys.argv[2], out=Path(sys.argv[3])), engine=on_ray(n_workers=1))\n"
        "except NoCluster as error: print(error)\n"
    )
    asked = [sys.executable, "-c", program, str(HERE), str(comments), str(tmp_path / "out")]
    nowhere = {**os.environ, "RAY_ADDRESS": "127.0.0.1:1"}
    done = subprocess.run(asked, check=False, env=nowhere, capture_output=True, text=True, timeout=N_SECONDS)
    assert done.stdout.startswith("Ray at 127.0.0.1:1: not to be had")
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_without_ray_the_engine_says_what_to_install(monkeypatch):
    monkeypatch.setattr("stance.batch.ray_engine.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'stance\[ray\]'"):
        on_ray(n_workers=1)


class Spark:
    """What the example in the papers asks of Spark; all that would cross to another machine is pickled."""

    defaultParallelism = 1  # noqa: N815 - Spark's name

    def parallelize(self, items, n_partitions):
        self.partitions = [items[at::n_partitions] for at in range(n_partitions)]
        return self

    def mapPartitions(self, function):  # noqa: N802 - Spark's name
        self.function = function
        return self

    def collect(self):
        there = pickle.loads(pickle.dumps([(self.function, partition) for partition in self.partitions]))
        return pickle.loads(pickle.dumps([told for function, partition in there for told in function(iter(partition))]))


def test_the_example_for_spark_leaves_the_same_bytes(comments, tmp_path, monkeypatch):
    session = SimpleNamespace(builder=SimpleNamespace(getOrCreate=lambda: SimpleNamespace(sparkContext=Spark())))
    monkeypatch.setitem(sys.modules, "pyspark.sql", SimpleNamespace(SparkSession=session))
    paper = (HERE.parent.parent / "docs" / "cluster.md").read_text(encoding="utf-8")
    (example,) = [part for part in paper.split("```python\n")[1:] if "def score_on_spark" in part]
    names = {}
    exec(example.partition("```")[0], names)
    run_batch(make_job(comments, out=tmp_path / "whole"))
    run_batch(make_job(comments, out=tmp_path / "out"), engine=names["score_on_spark"])
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_a_partition_tells_in_words_what_it_cannot_score(comments, tmp_path):
    job = replace(make_job(comments, out=tmp_path / "out"), model=Model("none@0", fail_to_load))
    (told,) = score_partition(job, [Shard(number=3, n_threads=1, n_comments=1)])
    assert isinstance(told, Failed)
    assert (told.number, "weights is missing" in told.why) == (3, True)


def test_a_model_that_is_another_where_it_is_loaded_is_refused(tiny_model, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    monkeypatch.chdir(folder)
    model = shipped_model(Path())
    monkeypatch.chdir(tmp_path)
    judge, _ = model.load()
    assert model.id.startswith(f"{judge.model_id}+")
    shutil.copy(folder / "model.safetensors", folder / "replies.safetensors")
    with pytest.raises(ChangedModel, match=r"not the model .* every machine"):
        model.load()
