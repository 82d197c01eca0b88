"""Tasks for Label Studio and Prodigy, filled in as those tools do, and back; nothing is lost without a word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from made_units import make_units, rows_of

from stance.errors import BadRow, WouldOverwrite
from stance.label import Tool, export_units, import_labels
from stance.read import refuse
from stance.study import read_label_rows

WHATS = ["stance:Veland", "relation", "attribute:INSULT", "claim", "rhetoric"]


def annotation(choice, *, by=1, **more):
    """An annotation as Label Studio's JSON export holds it; `choice` None is a skipped task."""
    chosen = {"from_name": "answer", "to_name": "text", "type": "choices", "value": {"choices": [choice]}, "id": "Dx_a"}
    return {
        "id": 1001,
        "completed_by": by,
        "result": [] if choice is None else [chosen],
        "was_cancelled": choice is None,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:09.000000Z",
        "lead_time": 4.288,
        "task": 7,
    } | more


def label_studio(tasks, annotations):
    """Label Studio's export of tasks, in the same order."""
    return [
        {"id": 70 + n, "project": 83, **task, "annotations": given, "predictions": [], "drafts": []}
        for n, (task, given) in enumerate(zip(tasks, annotations, strict=True))
    ]


def prodigy(tasks, answers):
    """What `prodigy db-out` gives: a line a task."""
    own = {"_timestamp": 1773094569, "_annotator_id": "russia-anna", "_session_id": "russia-anna"}
    given = [
        {**task, **own, "config": {"choice_style": "single"}, **more} for task, more in zip(tasks, answers, strict=True)
    ]
    return "".join(json.dumps(one) + "\n" for one in given)


def export(units, tool, folder):
    files = export_units(units, folder / "tasks.json", tool=tool)
    text = files[0].read_text()
    tasks = json.loads(text) if tool is Tool.LABEL_STUDIO else [json.loads(line) for line in text.splitlines()]
    return tasks, files


def bring(tool, text, units, folder, *, rejects=None):
    """Import a text, setting rejects aside where there is a list for them."""
    path, out = folder / "export.json", folder / "labels.jsonl"
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    on_reject = refuse if rejects is None else rejects.append
    return import_labels(path, units, out, tool=tool, on_reject=on_reject, overwrite=True), out


@pytest.mark.parametrize("what", WHATS)
def test_a_round_through_label_studio_keeps_every_unit_and_field(what, tmp_path):
    units = make_units(6, what)
    tasks, (_, config) = export(units, Tool.LABEL_STUDIO, tmp_path)
    words = [one.get("value") for one in ET.fromstring(config.read_text()).iter("Choice")]
    given = [[annotation(word)] for word in (words * 6)[:6]]
    found, out = bring(Tool.LABEL_STUDIO, label_studio(tasks, given), units, tmp_path)
    n_skipped = (words * 6)[:6].count("cannot tell")
    assert (found.n_rows, found.n_skipped, found.n_unanswered) == (6, n_skipped, 0)
    rows = {row.unit: row for row in read_label_rows(out)}
    assert len(rows) == 6 - n_skipped
    labels = {"yes": 1.0, "no": 0.0}
    for unit, word in zip(units, words * 6, strict=False):
        if word != "cannot tell":
            row = rows[unit.unit]
            assert row.label == labels.get(word, word)
            assert (row.text, row.inclusion_probability, row.target) == (unit.text, 0.25, unit.target)
            assert (row.annotator, row.seconds) == ("1", 4.3)
            assert row.labelled_at == datetime(2026, 3, 9, 22, 16, 9, tzinfo=UTC)


@pytest.mark.parametrize("what", WHATS)
def test_a_round_through_prodigy_keeps_every_unit_and_field(what, tmp_path):
    units = make_units(6, what)
    tasks, _ = export(units, Tool.PRODIGY, tmp_path)
    words = [one["id"] for one in tasks[0]["options"]]
    answers = [{"accept": [words[n % len(words)]], "answer": "accept"} for n in range(5)]
    found, out = bring(Tool.PRODIGY, prodigy(tasks, [*answers, {"accept": [], "answer": "ignore"}]), units, tmp_path)
    assert (found.n_rows, found.n_skipped, found.n_unanswered) == (6, 1, 0)
    rows = list(read_label_rows(out))
    labels = {"yes": 1.0, "no": 0.0}
    assert [row.label for row in rows] == [labels.get(words[n % len(words)], words[n % len(words)]) for n in range(5)]
    assert [row.unit for row in rows] == [unit.unit for unit in units[:5]]
    assert {row.annotator for row in rows} == {"russia-anna"}
    assert {row.labelled_at for row in rows} == {datetime.fromtimestamp(1773094569, UTC)}
    assert rows_of(out)[5]["skipped"] is True


def test_no_answer_and_nothing_of_how_they_were_drawn_goes_out(tmp_path):
    for tool in Tool:
        folder = tmp_path / tool.value
        folder.mkdir()
        tasks, _ = export(make_units(2), tool, folder)
        told = json.dumps(tasks)
        assert "0.25" not in told
        assert "stratum" not in told
        assert "annotations" not in tasks[0]
        assert "answer" not in tasks[0]


def test_several_annotators_of_a_task_have_a_row_each_and_a_cancelled_one_is_a_skip(tmp_path):
    units = make_units(2)
    tasks, _ = export(units, Tool.LABEL_STUDIO, tmp_path)
    note = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["irony?"]}}
    three = [
        annotation("favor", by=1),
        annotation("against", by={"id": 2, "email": "bo@example.org", "first_name": "Bo"}),
        annotation(None, by=3, result=[note]),
    ]
    found, out = bring(Tool.LABEL_STUDIO, label_studio(tasks, [three, []]), units, tmp_path)
    assert (found.n_rows, found.n_skipped, found.n_unanswered) == (3, 1, 1)
    rows = [(row["annotator"], row.get("label"), row.get("note")) for row in rows_of(out)]
    assert rows == [("1", "favor", None), ("bo@example.org", "against", None), ("3", None, "irony?")]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda task: task.pop("data"), "has no data, as in JSON-MIN"),
        (lambda task: task.pop("annotations"), "has no list of annotations"),
        (lambda task: task.update(annotations="x"), "has no list of annotations"),
        (lambda task: task["data"].pop("stance_unit"), "that names the comment"),
        (lambda task: task["data"].update(stance_unit={"id": "c0", "source": 3, "thread": "x"}), "that was changed"),
        (lambda task: task["data"]["stance_unit"].update(id="other"), "not in the sample"),
        (lambda task: task.update(annotations=[7]), "is no annotation"),
        (lambda task: task.update(annotations=[annotation("favor", result=[])]), "has no choices"),
        (lambda task: task.update(annotations=[annotation("favor", result=[None, {"value": 3}])]), "has no choices"),
        (lambda task: task.update(annotations=[annotation("purple")]), "an answer that was not offered"),
        (
            lambda task: task["annotations"][0]["result"][0]["value"].update(choices=["favor", "against"]),
            "has 2 choices",
        ),
        (lambda task: task["annotations"].append(annotation("against")), "replaced by a later answer"),
    ],
)
def test_what_label_studio_gives_wrongly_is_set_aside_with_its_reason(spoil, what, tmp_path):
    units = make_units(2)
    tasks, _ = export(units, Tool.LABEL_STUDIO, tmp_path)
    given = label_studio(tasks, [[annotation("favor")], [annotation("neutral")]])
    spoil(given[0])
    rejects = []
    found, _ = bring(Tool.LABEL_STUDIO, given, units, tmp_path, rejects=rejects)
    assert len(rejects) == 1
    assert what in rejects[0].what
    assert str(rejects[0].place).startswith("task 1")
    assert "Veland lied" not in str(rejects[0])
    assert found.n_rows == (2 if "replaced" in what else 1)
    with pytest.raises(BadRow, match=what.split(",")[0]):
        bring(Tool.LABEL_STUDIO, given, units, tmp_path)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda line: "{", "not JSON"),
        (lambda line: "[" * 100_000, "not JSON"),
        (lambda line: "[]", "no JSON object"),
        (lambda line: json.dumps(json.loads(line) | {"answer": "reject"}), "was rejected"),
        (lambda line: json.dumps(json.loads(line) | {"answer": None}), "has no answer"),
        (lambda line: json.dumps(json.loads(line) | {"accept": []}), "has no choices, want one"),
        (lambda line: json.dumps(json.loads(line) | {"accept": ["favor", "against"]}), "has 2 choices"),
        (lambda line: json.dumps(json.loads(line) | {"accept": "favor"}), "has no choices"),
        (lambda line: json.dumps(json.loads(line) | {"accept": ["purple"]}), "not offered"),
        (lambda line: json.dumps(json.loads(line) | {"stance_unit": None}), "names the comment"),
    ],
)
def test_what_prodigy_gives_wrongly_is_set_aside_with_its_reason(spoil, what, tmp_path):
    units = make_units(2)
    tasks, _ = export(units, Tool.PRODIGY, tmp_path)
    first, second = prodigy(tasks, [{"accept": ["favor"], "answer": "accept"}] * 2).splitlines()
    rejects = []
    found, _ = bring(Tool.PRODIGY, f"{spoil(first)}\n{second}\n", units, tmp_path, rejects=rejects)
    assert [what in reject.what for reject in rejects] == [True]
    assert rejects[0].place == "line 1"
    assert (found.n_rows, found.n_unanswered) == (1, 1)


def test_a_record_without_its_name_is_found_by_its_hash(tmp_path):
    units = make_units(3, texts=dict.fromkeys(range(3), "Veland lied."))
    tasks, _ = export(units, Tool.PRODIGY, tmp_path)
    assert len({task["_input_hash"] for task in tasks}) == 3
    assert all(-(2**31) <= task["_input_hash"] < 2**31 for task in tasks)
    for task in tasks:
        del task["stance_unit"]
    text = prodigy(tasks, [{"accept": [word], "answer": "accept"} for word in ("favor", "against", "neutral")])
    _, out = bring(Tool.PRODIGY, text, units, tmp_path)
    assert [row["label"] for row in rows_of(out)] == ["favor", "against", "neutral"]


def test_times_and_seconds_that_are_none_are_left_out(tmp_path):
    units = make_units(1)
    tasks, _ = export(units, Tool.LABEL_STUDIO, tmp_path)
    odd = annotation("favor", by=None, lead_time="long", updated_at="yesterday", created_at=None)
    _, out = bring(Tool.LABEL_STUDIO, label_studio(tasks, [[odd]]), units, tmp_path)
    (row,) = rows_of(out)
    assert row["annotator"] == "label-studio"
    assert {"seconds", "labelled_at"} & set(row) == set()


def test_hostile_words_are_escaped_in_the_configuration(tmp_path):
    _, files = export(make_units(1, 'stance:<b>"Veland&'), Tool.LABEL_STUDIO, tmp_path)
    (question,) = [
        one.get("value") for one in ET.fromstring(files[1].read_text()).iter("Header") if one.get("size") == "4"
    ]
    assert '<b>"Veland&' in question


def test_nothing_that_is_there_is_overwritten_unasked(tmp_path):
    units = make_units(1)
    (tmp_path / "tasks.xml").write_text("mine")
    with pytest.raises(WouldOverwrite, match="--force"):
        export(units, Tool.LABEL_STUDIO, tmp_path)
    assert not (tmp_path / "tasks.json").exists()
    assert (tmp_path / "tasks.xml").read_text() == "mine"


def test_an_export_without_any_answer_is_an_error(tmp_path):
    units = make_units(1)
    tasks, _ = export(units, Tool.LABEL_STUDIO, tmp_path)
    for text in ([], label_studio(tasks, [[]])):
        with pytest.raises(BadRow, match="holds no answer"):
            bring(Tool.LABEL_STUDIO, text, units, tmp_path)
    with pytest.raises(BadRow, match="is no list of tasks"):
        bring(Tool.LABEL_STUDIO, {"detail": "no"}, units, tmp_path)
