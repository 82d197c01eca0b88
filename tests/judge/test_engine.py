import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from stance.judge import Calibration, EncoderJudge, TargetBatch, engine, load_model
from stance.judge.encoding import MAX_WINDOWS
from stance.judge.model import ATTRIBUTES, STANCES
from stance.records import Attribute, Case, Device, Relation, Stance, Target

OTHERS = [
    Case(comment_id="o1", text="Nonsense."),
    Case(comment_id="o2", text="The boats of the north are older than the harbour. " * 9, parent="Are they?"),
    Case(comment_id="o3", text="You know nothing", targets=(Target(actor_id="you", name="you", spans=((0, 3),)),)),
]


def sentence_case(text, *, comment_id="c", **fields):
    """A case whose sentences end at full stops."""
    sentences, start = [], 0
    while (stop := text.find(".", start)) >= 0:
        sentences.append((start, stop + 1))
        start = stop + 2
    return Case(comment_id=comment_id, text=text, sentences=tuple(sentences), **fields)


BERG = sentence_case(
    "Ida Berg should resign. The ferry is late again.",
    parent="Berg has done what she could.",
    targets=(Target(actor_id="berg", name="Ida Berg", spans=((0, 8),)), Target(actor_id="moss", name="Moss")),
)


def numbers_of(judgement):
    """Every probability of a judgement, in a fixed order."""
    return [
        *(judgement.relation[label] for label in Relation),
        *(score.probabilities[label] for score in judgement.stances for label in Stance),
        *(
            value
            for score in judgement.sentences
            for value in (
                score.claim,
                score.check_worthy,
                score.rhetoric,
                *(score.devices.get(device, -1) for device in Device),
            )
        ),
        *(judgement.attributes[attribute] for attribute in ATTRIBUTES),
    ]


def test_every_answer_is_a_probability_in_the_order_it_was_asked(judge):
    (judgement,) = judge.judge([BERG])
    assert judgement.comment_id == "c"
    assert [score.actor_id for score in judgement.stances] == ["berg", "moss"]
    assert [(score.start, score.end) for score in judgement.sentences] == list(BERG.sentences)
    assert sum(judgement.relation.values()) == pytest.approx(1)
    for score in judgement.stances:
        assert sum(score.probabilities.values()) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in numbers_of(judgement))
    assert (judgement.n_windows, judgement.n_unread_windows) == (1, 0)


def test_a_judgement_does_not_depend_on_the_cases_beside_it(judge):
    alone = numbers_of(judge.judge([BERG])[0])
    among = judge.judge([*OTHERS, BERG, *OTHERS * 20])
    np.testing.assert_allclose(numbers_of(among[3]), alone, atol=1e-4)
    turned = judge.judge([*OTHERS * 20, BERG, *reversed(OTHERS)])
    np.testing.assert_allclose(numbers_of(turned[60]), alone, atol=1e-4)
    assert [judgement.comment_id for judgement in turned[-4:]] == ["c", "o3", "o2", "o1"]


def test_threads_that_judge_at_once_say_what_one_says(judge):
    cases = [
        sentence_case(
            f"{name} was late. Who knew?", targets=(Target(actor_id="a", name=name, spans=((0, len(name)),)),)
        )
        for name in ("Berg", "Moss", "Ida", "Lind")
    ]
    alone = [judge.judge([case])[0] for case in cases]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda case: judge.judge([case])[0], cases * 20))
    for place, judgement in enumerate(together):
        assert numbers_of(judgement) == pytest.approx(numbers_of(alone[place % 4]), abs=1e-6)


def test_a_target_does_not_change_what_is_said_of_another(judge):
    many = tuple(Target(actor_id=str(n), name=f"actor {n}") for n in range(300))
    (alone,) = judge.judge([BERG])
    (among,) = judge.judge([Case(comment_id="c", text=BERG.text, parent=BERG.parent, targets=(*many, *BERG.targets))])
    assert len(among.stances) == 302
    np.testing.assert_allclose(
        list(among.stances[300].probabilities.values()), list(alone.stances[0].probabilities.values()), atol=1e-4
    )


def test_no_cases_no_judgements(judge):
    assert judge.judge([]) == []
    assert judge.read([]) == []


@pytest.mark.parametrize(
    "case",
    [
        Case(comment_id="c", text=""),
        Case(comment_id="c", text=" \n\t"),
        Case(comment_id="c", text='"never"', quotes=((0, 7),), sentences=((0, 7),)),
        Case(comment_id="c", text="", parent="Why?", targets=(Target(actor_id="a", name=""),)),
        Case(comment_id="c", text="\ud800 \u202e\x00", targets=(Target(actor_id="a", name="\ud800"),)),
        Case(comment_id="c", text="\U0001f600" * 400),
    ],
    ids=["empty", "blank", "bare quotation", "nameless", "surrogate", "emoji"],
)
def test_what_says_nothing_is_judged_all_the_same(judge, case):
    (judgement,) = judge.judge([case])
    assert all(math.isfinite(value) for value in numbers_of(judgement))
    (reading,) = judge.read([case.text])
    assert np.isfinite(reading.embedding).all()


def test_a_sentence_of_quoted_words_says_nothing(judge):
    text = '"It sank." I doubt it.'
    (judgement,) = judge.judge([Case(comment_id="c", text=text, quotes=((0, 10),), sentences=((1, 9), (11, 22)))])
    quoted, own = judgement.sentences
    assert (quoted.claim, quoted.check_worthy, quoted.rhetoric, quoted.devices) == (0.0, 0.0, 0.0, {})
    assert own.claim > 0
    assert set(own.devices) == set(Device)


def test_a_sentence_beyond_the_first_window_is_scored_in_its_own(judge):
    # 60 sentences of 16 letters: the last stands far behind the 320 tokens of the first window.
    text = " ".join(["Ferries are late."] * 59 + ["Nobody knows it."])
    (judgement,) = judge.judge([sentence_case(text)])
    assert judgement.n_windows > 3
    assert all(score.claim > 0 and score.devices for score in judgement.sentences)


def test_windows_that_name_a_target_speak_for_it(judge, encoder):
    # 300 tokens, then the 320 (76 x 4 + 16) of the last window, which alone names her.
    tail = "boat " * 76 + "Ida Berg must go now"
    text = "ferry " * 60 + tail
    place, place_in_tail = [(whole.index("Ida"), whole.index("Ida") + 8) for whole in (text, tail)]
    windows, _ = encoder.windows(text)
    assert [bool(window.token_indices([place])) for window in windows] == [False, False, True]
    whole, alone = judge.judge(
        [
            Case(comment_id="c", text=words, targets=(Target(actor_id="b", name="Ida Berg", spans=(span,)),))
            for words, span in ((text, place), (tail, place_in_tail))
        ]
    )
    assert (whole.n_windows, alone.n_windows) == (3, 1)
    np.testing.assert_allclose(
        list(whole.stances[0].probabilities.values()), list(alone.stances[0].probabilities.values()), atol=1e-4
    )


def test_a_calibration_reaches_every_head(tiny_model, judge):
    steep = Calibration(
        temperatures={"stance": 0.01, "relation": 100.0},
        scales={"claim": (1.0, 30.0), Attribute.THREAT.value: (1.0, -30.0)},
    )
    other = EncoderJudge(load_model(tiny_model), judge._encoder, calibration=steep, model_id="x")
    (judgement,) = other.judge([BERG])
    assert max(judgement.relation.values()) < 0.3
    assert all(score.claim > 0.99 for score in judgement.sentences)
    assert judgement.attributes[Attribute.THREAT] < 0.01
    # Dividing by a temperature keeps the winner.
    assert [score.label for score in judgement.stances] == [score.label for score in judge.judge([BERG])[0].stances]


def test_attribute_spans_lie_in_the_text_and_outside_quotations(judge):
    text = 'He said "you are all fools and liars" but the fools are elsewhere, you fool. ' * 6
    quotes = tuple((at, at + 29) for at in range(len(text)) if text.startswith('"you', at))
    (judgement,) = judge.judge([Case(comment_id="c", text=text, quotes=quotes)])
    for span in judgement.attribute_spans:
        assert 0 <= span.start < span.end <= len(text)
        assert 0 < span.weight <= 1
        assert span.attribute in judgement.attributes
        assert not any(start < span.end and span.start < end for start, end in quotes)


def test_readings_are_unit_vectors_of_single_precision(judge):
    texts = ["The ferry is late.", "", "Ida Berg says so. " * 60]
    for reading in judge.read(texts):
        for vector in (reading.embedding, reading.reply_vector, reading.parent_vector):
            assert vector.dtype == np.float32
            assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_readings_do_not_depend_on_the_texts_beside_them(judge):
    texts = [case.text for case in OTHERS]
    for together, text in zip(judge.read(texts), texts, strict=True):
        (alone,) = judge.read([text])
        np.testing.assert_allclose(together.embedding, alone.embedding, atol=1e-4)
        np.testing.assert_allclose(together.reply_vector, alone.reply_vector, atol=1e-4)


def test_of_texts_that_are_the_same_one_is_read(judge):
    first, other, again = judge.read(["The ferry is late.", "It is not.", "The ferry is late."])
    assert again is first
    assert other is not first


def test_a_long_thread_is_worked_through_in_portions_with_the_same_results(judge, monkeypatch):
    cases = [BERG, *OTHERS, Case(comment_id="o4", text="")] * 3
    whole, readings = judge.judge(cases), judge.read([case.text for case in cases])
    # Every portion is one or two of the cases.
    monkeypatch.setattr(engine, "_CHARACTERS_AT_ONCE", 300)
    for expected, found in zip(whole, judge.judge(cases), strict=True):
        assert found.comment_id == expected.comment_id
        assert numbers_of(found) == pytest.approx(numbers_of(expected), abs=1e-4)
    for expected, found in zip(readings, judge.read([case.text for case in cases]), strict=True):
        np.testing.assert_allclose(found.embedding, expected.embedding, atol=1e-4)


@pytest.mark.parametrize(
    ("lengths", "portions"),
    # An item counts 100 characters more than it has.
    [([], []), ([10**7], [1]), ([200, 200, 200], [1, 1, 1]), ([100, 100, 0, 900, 0], [3, 1, 1]), ([0] * 8, [5, 3])],
)
def test_portions_hold_so_many_characters_or_one_item(lengths, portions, monkeypatch):
    monkeypatch.setattr(engine, "_CHARACTERS_AT_ONCE", 500)
    found = list(engine._at_once(["x" * length for length in lengths], size=len))
    assert [len(portion) for portion in found] == portions
    assert [len(text) for portion in found for text in portion] == lengths


def test_nobody_asked_about_moves_what_is_said_of_the_comment(judge):
    (alone,), (asked,) = judge.judge([replace(BERG, targets=())]), judge.judge([BERG])
    assert numbers_of(alone) == pytest.approx(numbers_of(replace(asked, stances=())), abs=1e-5)


def test_a_target_reads_the_sentences_that_name_it_and_no_others(judge):
    other = sentence_case(
        "Ida Berg should resign. Everything was well that day.", parent=BERG.parent, targets=BERG.targets
    )
    mine, theirs = judge.judge([BERG])[0].stances, judge.judge([other])[0].stances
    # Moss, whom nobody names, is asked about all the words.
    assert mine[1].probabilities != pytest.approx(theirs[1].probabilities, abs=1e-4)


def test_names_found_lie_in_the_text_and_do_not_overlap(judge):
    text = "Ida Berg met Moss at the Harbour Board in Bergen. " * 12
    (reading,) = judge.read([text])
    assert all(0 <= name.start < name.end <= len(text) for name in reading.names)
    assert all(name.end <= after.start for name, after in pairwise(reading.names))


def test_another_language_is_flagged(judge):
    assert judge.judge([Case(comment_id="c", text="Паром опять опоздал")])[0].language_uncertain
    assert not judge.judge([BERG])[0].language_uncertain


@pytest.mark.slow
def test_a_comment_of_ten_megabytes_is_judged_within_bounds(judge):
    sentence = "The ferry is late and nobody at the harbour knows why it is so again. "
    text = sentence * (10_000_000 // len(sentence))
    sentences = tuple((at, at + len(sentence) - 1) for at in range(0, len(text), len(sentence)))
    target = Target(actor_id="f", name="ferry", spans=tuple((start + 4, start + 9) for start, _ in sentences))
    started = time.process_time()
    (judgement,) = judge.judge([Case(comment_id="c", text=text, sentences=sentences, targets=(target,))])
    # Asking each of 256 windows for each of 140,000 sentences and mentions would take over ten minutes.
    assert time.process_time() - started < 120
    assert judgement.n_windows == MAX_WINDOWS
    assert judgement.n_unread_windows > 1000
    assert len(judgement.sentences) == len(sentences)
    assert judgement.sentences[0].claim > 0
    assert judgement.sentences[-1].claim == 0


def test_stance_spans_lie_where_the_stance_is_read_from_and_never_on_the_name(tiny_model, encoder):
    model = load_model(tiny_model)
    with torch.no_grad():
        model.stance.query.weight *= 1000  # random weights look at all words alike
        model.stance.out[1].bias[STANCES.index(Stance.NEUTRAL)] -= 1.0  # and take no side
    judge = EncoderJudge(model, encoder, calibration=Calibration(), model_id="sharp@0")
    endings = ("resign", "go on", "be thanked", "x" * 20, "zzz qqq jjj", "a b c d e f g h")
    texts = [f"The ferry is late again. I say that Ida Berg should {end} today. Who knows." for end in endings]
    at = texts[0].index("Ida Berg")
    berg = Target(actor_id="b", name="Ida Berg", spans=((at, at + 8),))
    judged = judge.judge([Case(comment_id=text, text=text, targets=(berg,)) for text in texts])
    scores = {judgement.comment_id: judgement.stances[0] for judgement in judged}
    assert any(score.spans for score in scores.values())
    for text, score in scores.items():
        assert not (score.spans and score.label is Stance.NEUTRAL)
        for span in score.spans:
            assert text.index("I say") <= span.start < span.end < text.index(" Who knows")
            assert span.end <= at or span.start >= at + 8
            assert 0 < span.weight <= 1


def test_explaining_a_stance_changes_none_of_its_logits(tiny_model):
    generator = torch.Generator().manual_seed(5)
    model = load_model(tiny_model).eval()
    width = model.encoder.config.hidden_size
    states = torch.randn(2, 7, width, generator=generator)
    targets = TargetBatch(
        rows=torch.tensor([0, 1, 1]),
        mentions=torch.zeros(3, 7, dtype=torch.bool).index_fill(1, torch.tensor([2]), True),
        heard=torch.tensor([[0, 1, 1, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0]]).bool(),
        names=torch.zeros(3, 7, dtype=torch.bool).index_fill(1, torch.tensor([6]), True),
    )
    head = model.stance
    with torch.inference_mode():
        plain, (logits, weights) = head(states, targets), head.explain(states, targets)
    np.testing.assert_allclose(logits.numpy(), plain.numpy(), atol=1e-5)
    assert not weights[~targets.heard].any()
    assert (weights.sum(dim=1) <= 1 + 1e-5).all()
    assert (weights.sum(dim=1) >= 0.5 - 1e-5).all()
    assert logits.requires_grad is False
