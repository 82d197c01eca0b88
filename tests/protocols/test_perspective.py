"""Perspective's protocol, as clients that read its answers by hand expect it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from stance.core import lone_case
from stance.protocols import Service
from stance.protocols.attributes import NAMES
from stance.protocols.discovery import DISCOVERY, describe
from stance.protocols.feedback import take_in
from stance.protocols.google import Fields
from stance.protocols.perspective import PERSPECTIVE, suggest
from stance.queue import Action, Outside, QueueBusy, RejectReason, SeenComment
from stance.records import Attribute

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
TEXT = "What a stupid plan."
FRENCH = "Ce plan est complètement idiot et ses auteurs sont des imbéciles qui ne comprennent rien à rien."


@pytest.fixture
def client(speaking):
    return speaking(PERSPECTIVE, DISCOVERY)


@pytest.fixture
def analyze(client):
    """`analyze(text, **fields)` is the answer's body; a refusal fails the test."""

    def ask(text=TEXT, attributes=("TOXICITY",), **fields):
        wanted = attributes if isinstance(attributes, dict) else {name: {} for name in attributes}
        entry = text if isinstance(text, dict) else {"text": text}
        answer = client.post(ANALYZE, json={"comment": entry, "requestedAttributes": wanted, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def refused(client):
    """`refused(text, **fields)` is the error of an answer, which has Google's envelope."""

    def ask(text=TEXT, attributes=("TOXICITY",), *, path=ANALYZE, **fields):
        wanted = attributes if isinstance(attributes, dict) else {name: {} for name in attributes}
        return error_of(client.post(path, json={"comment": {"text": text}, "requestedAttributes": wanted, **fields}))

    return ask


def error_of(answer, *, status=400, name="INVALID_ARGUMENT"):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (status, name)
    return error


def of_judge(judge, attribute, text, **context):
    (judgement,) = judge.judge([lone_case(text, **context)])
    return pytest.approx(judgement.attributes[attribute], abs=1e-6)


def test_an_answer_has_a_summary_and_a_span_over_the_whole_text(analyze, constant_judge):
    score = {"value": of_judge(constant_judge, Attribute.TOXICITY, TEXT), "type": "PROBABILITY"}
    assert analyze() == {
        "attributeScores": {
            "TOXICITY": {"spanScores": [{"begin": 0, "end": 19, "score": score}], "summaryScore": score}
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
    }


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        *((attribute.value, attribute) for attribute in Attribute),
        *((f"{attribute.value}@6", attribute) for attribute in Attribute),
        ("TOXICITY_EXPERIMENTAL", Attribute.TOXICITY),
        ("THREAT_EXPERIMENTAL@2", Attribute.THREAT),
        ("TOXICITY_FAST", Attribute.TOXICITY),
        ("OBSCENE", Attribute.PROFANITY),
    ],
)
def test_a_name_is_answered_as_it_was_asked(analyze, constant_judge, name, attribute):
    scores = analyze(attributes=[name])["attributeScores"]
    assert list(scores) == [name]
    assert scores[name]["summaryScore"]["value"] == of_judge(constant_judge, attribute, TEXT)


@pytest.mark.parametrize("name", ["FLIRTATION", "toxicity", "TOXICITY@", "TOXICITY@6@7", "", "REASONING_EXPERIMENTAL"])
def test_an_attribute_that_is_not_here_is_refused_by_name(refused, name):
    error = refused(attributes=["TOXICITY", name])
    assert error["message"] == f"Unknown requested attribute: {name}"
    assert error["details"][0]["errorType"] == "INVALID_REQUEST"


def test_the_names_of_a_request_may_be_written_as_google_writes_them_inside(client):
    body = {
        "comment": {"text": TEXT},
        "requested_attributes": {"TOXICITY": {"score_threshold": 0}},
        "client_token": "t",
    }
    answer = client.post(ANALYZE, json=body).json()
    assert answer["clientToken"] == "t"
    assert "summaryScore" in answer["attributeScores"]["TOXICITY"]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/plain;charset=UTF-8", None])
def test_json_is_read_whatever_a_usual_client_calls_it(client, content_type):
    body = json.dumps({"comment": {"text": TEXT}, "requestedAttributes": {"TOXICITY": {}}}).encode()
    headers = {} if content_type is None else {"content-type": content_type}
    query = "?key=k&alt=json&prettyPrint=true&fields=attributeScores&quotaUser=q&%24.xgafv=2&access_token=a"
    assert client.post(ANALYZE + query, content=body, headers=headers).status_code == 200


def test_unknown_fields_and_those_that_are_null_are_passed_over(analyze):
    assert "clientToken" not in analyze(userId="u", clientToken=None, context=None, languages=None, doNotStore=True)


# Sentences and spans.


def test_each_sentence_has_a_span_with_its_own_score_in_utf_16_units(analyze, constant_judge):
    # An emoji beyond the basic plane is two units: the first sentence is 0 to 10, the second 11 to 21.
    spans = analyze("Oh 😀 fine! You liars.", spanAnnotations=True)["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(span["begin"], span["end"]) for span in spans] == [(0, 22), (0, 11), (12, 22)]
    assert spans[1]["score"]["value"] == of_judge(constant_judge, Attribute.TOXICITY, "Oh 😀 fine!")
    assert spans[2]["score"]["value"] == of_judge(constant_judge, Attribute.TOXICITY, "You liars.")


def test_a_comment_of_one_sentence_is_judged_once(analyze, constant_judge):
    before = len(constant_judge.cases)
    spans = analyze(spanAnnotations=True)["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(span["begin"], span["end"]) for span in spans] == [(0, 19)]
    assert len(constant_judge.cases) == before + 1


def test_sentences_of_a_long_comment_leave_the_judge_to_others_in_between(analyze, scoring, monkeypatch):
    sizes = []
    judge = scoring.judge

    async def noting(asked):
        sizes.append([len(one.text) for one in asked])
        return await judge(asked)

    monkeypatch.setattr(scoring, "judge", noting)
    text = " ".join(f"Sentence {number} is about a bridge that nobody in the town has wanted." for number in range(200))
    spans = analyze(text, spanAnnotations=True)["attributeScores"]["TOXICITY"]["spanScores"]
    assert [span["end"] - span["begin"] for span in spans] == [size for portion in sizes for size in portion]
    assert sizes[0] == [len(text)]
    assert max(sum(portion) for portion in sizes[1:]) <= 4000


def test_a_threshold_leaves_out_what_is_below_but_not_the_first_span(analyze, constant_judge):
    text = "Oh fine! You liars."
    values = {
        words: of_judge(constant_judge, Attribute.TOXICITY, words).expected
        for words in (text, "Oh fine!", "You liars.")
    }
    for threshold in (*values.values(), 0, 1):
        scores = analyze(text, {"TOXICITY": {"scoreThreshold": threshold + 1e-6}}, spanAnnotations=True)
        scores = scores["attributeScores"]["TOXICITY"]
        assert ("summaryScore" in scores) == (values[text] >= threshold + 1e-6)
        told = [value for words, value in values.items() if words != text and value >= threshold + 1e-6]
        assert len(scores["spanScores"]) == 1 + len(told)


def test_html_is_judged_as_a_reader_sees_it_and_spans_are_places_in_the_markup(analyze, constant_judge):
    markup = "<p>You &amp; <b>all</b> lie.</p><!-- not this --><p>Go 😀 away.</p>"
    spans = analyze({"text": markup, "type": "HTML"}, spanAnnotations=True)["attributeScores"]["TOXICITY"]["spanScores"]
    units = markup.encode("utf-16-le")
    shown = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]
    assert shown == [markup, "You &amp; <b>all</b> lie.", "Go 😀 away."]
    assert spans[1]["score"]["value"] == of_judge(constant_judge, Attribute.TOXICITY, "You & all lie.")


# Context.


@pytest.mark.parametrize(
    ("context", "parent"),
    [
        ({"articleAndParentComment": {"article": {"text": "The plan."}, "parentComment": {"text": "No!"}}}, "No!"),
        ({"entries": [{"text": "The plan."}, {"text": "I like it."}]}, "I like it."),
        ({"entries": [{"text": "The plan."}]}, "The plan."),
        ({"entries": {"text": "The plan."}}, "The plan."),
        ({"article_and_parent_comment": {"article": {"text": "<p>The <i>plan</i>.", "type": "HTML"}}}, "The plan."),
        ({"entries": [{"text": json.dumps({"url": "https://a.example", "Coral_comment_id": "c1"})}]}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_the_comment_is_judged_with_what_it_answers(analyze, constant_judge, context, parent):
    analyze(context=context)
    assert constant_judge.cases[-1].parent.strip() == parent


def test_both_kinds_of_context_are_one_too_many(refused):
    context = {"entries": [{"text": "a"}], "articleAndParentComment": {}}
    words = "Context can have either entries or article_and_parent_comment, but both fields were populated."
    assert refused(context=context)["message"] == words


# Languages.


@pytest.mark.parametrize(
    "text",
    [
        "ok", "Bonjour", "😀", "123", "Trump Biden Harris Obama Clinton Bush Reagan Nixon Ford Carter Johnson Kennedy",
        "asdkj qwoei zmxnc poqwe lkasjd mznxb qpwoe alskd zmxn qwpoei asldk zmxn", "𝓘 𝓱𝓪𝓽𝓮 𝔂𝓸𝓾", "уоu аrе аn idiоt",
        "lol haha ok 日本 sushi great", "wtf bro lmao ngl fr fr no cap this guy def trippin rn smh tbh idk man yall",
    ],
)  # fmt: skip
def test_what_is_short_or_looks_english_is_answered(analyze, text):
    assert analyze(text)["languages"] == ["en"]


@pytest.mark.parametrize(
    ("text", "language"), [(FRENCH, "fr"), ("日本語だけのコメントです", "ja"), ("Это глупость и ложь", "ru")]
)
def test_another_language_is_refused_for_the_first_attribute_by_its_code(refused, text, language):
    error = refused(text, ["INSULT", "TOXICITY"])
    assert error["message"] == f"Attribute INSULT does not support request languages: {language}"
    (detail,) = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    assert detail["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    told = {"attribute": "INSULT", "detectedLanguages": [language]}
    assert detail["languageNotSupportedByAttributeError"] == told


def test_the_language_that_is_asked_for_is_believed(analyze, refused):
    answer = analyze(FRENCH, languages=["en-GB"])
    assert (answer["languages"], answer["detectedLanguages"]) == (["en-GB"], ["fr"])
    assert analyze(languages="EN")["languages"] == ["EN"]
    error = refused(languages=["en", "es", "hi-Latn"])
    assert error["message"] == "Attribute TOXICITY does not support request languages: es, hi-Latn"
    told = error["details"][0]["languageNotSupportedByAttributeError"]
    assert told["requestedLanguages"] == ["en", "es", "hi-Latn"]


def test_attributes_can_be_dropped_instead_of_refused(analyze, constant_judge):
    before = len(constant_judge.cases)
    answer = analyze(FRENCH, dropUnsupportedAttributes=True)
    assert answer == {"attributeScores": {}, "languages": ["fr"], "detectedLanguages": ["fr"]}
    assert len(constant_judge.cases) == before


# Suggestions.


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "attribute_scores must not be empty"),
        ({"NO_SUCH": {"summaryScore": {"value": 1}}}, "Unknown requested attribute: NO_SUCH"),
        ({"TOXICITY": {}}, "AttributeScores must not be empty: TOXICITY"),
        ({"TOXICITY": {"summaryScore": {"value": 1.5}}}, "A PROBABILITY score must be from 0 to 1: TOXICITY"),
        ({"TOXICITY": {"spanScores": [{"begin": 0, "score": {"value": 1}}]}}, "All SpanScore objects must have"),
        ({"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}}, "Requested score type RAW is not supported"),
    ],
)
def test_a_suggestion_that_says_nothing_is_refused(refused, scores, message):
    assert refused(path=SUGGEST, attributeScores=scores)["message"].startswith(message)


def suggestion(scores, **fields):
    given = {name: {"summaryScore": {"value": value}} for name, value in scores.items()}
    return {"comment": {"text": TEXT}, "attributeScores": given, **fields}


def noted(service, body):
    """What a queue holds once a suggestion was answered."""
    asyncio.run(suggest(service, Fields(body)))
    (pending,) = service.store.outside.take(limit=9)
    return pending.suggestion


@pytest.mark.parametrize(
    ("scores", "action", "reason"),
    [
        ({"TOXICITY": 1}, Action.REJECT, RejectReason.OTHER),
        ({"TOXICITY": 0}, Action.APPROVE, None),
        ({"TOXICITY": 0.1, "INSULT@2": "0.5"}, Action.REJECT, RejectReason.PERSON),
        ({"TOXICITY": None}, Action.APPROVE, None),
    ],
)
def test_a_suggestion_is_a_decision_from_outside(scoring, store, scores, action, reason):
    context = {"entries": [{"text": "The plan."}, {"text": "I like it."}]}
    body = suggestion(scores, communityId="forum", context=context)
    kept = noted(Service(scoring=scoring, store=store), body)
    assert (kept.community, kept.text, kept.parent, kept.article) == ("forum", TEXT, "I like it.", "The plan.")
    assert (kept.action, kept.reason) == (action, reason)


def test_spans_alone_make_a_suggestion_of_the_worst_of_them(scoring, store):
    spans = [{"begin": 0, "end": 4, "score": {"value": value}} for value in (0.1, 0.9, 0.2)]
    body = {"comment": {"text": TEXT}, "attribute_scores": {"INSULT": {"span_scores": spans}}}
    assert noted(Service(scoring=scoring, store=store), body).action is Action.REJECT


CORALS = suggestion(
    {"TOXICITY": 1},
    context={
        "entries": [
            {
                "text": json.dumps(
                    {"url": "https://a.example/1", "reply_to_id_Coral_comment_id": "c1", "Coral_comment_id": "c2"}
                )
            }
        ]
    },
    communityId="Coral:https://coral.example",
    clientToken="comment:c2",
    languages=["en"],
)


def test_corals_suggestion_is_judged_with_what_it_answers_where_that_was_seen(scoring, store, constant_judge):
    store.seen.remember(SeenComment(tenant="t1", story="s1", text="The plan is good.", comment_id="c1"))
    kept = noted(Service(scoring=scoring, store=store), CORALS)
    assert (kept.parent, kept.article) == ("The plan is good.", "")
    # Pending again after a minute: `noted` took it up.
    store.outside.suggest(replace(kept, action=Action.APPROVE, reason=None))
    constant_judge.cases.clear()
    asyncio.run(take_in(store, scoring))
    assert [(case.text, case.parent.strip()) for case in constant_judge.cases] == [(TEXT, "The plan is good.")]


def test_a_comment_of_two_tenants_is_nobodys_parent(scoring, store):
    for tenant in ("t1", "t2"):
        store.seen.remember(SeenComment(tenant=tenant, story="s1", text=f"Of {tenant}.", comment_id="c1"))
    assert noted(Service(scoring=scoring, store=store), CORALS).parent == ""


def test_corals_suggestion_names_the_comment(scoring, store):
    kept = noted(Service(scoring=scoring, store=store), CORALS)
    assert (kept.community, kept.comment_id, kept.parent, kept.article) == ("Coral:https://coral.example", "c2", "", "")


def test_a_suggestion_is_kept_when_it_is_answered(client, store):
    answer = client.post(SUGGEST, json=suggestion({"INSULT": 1}, clientToken="t", languages=["en"]))
    assert answer.json() == {"detectedLanguages": ["en"], "requestedLanguages": ["en"], "clientToken": "t"}
    assert sum(store.outside.counts().values()) == 1


def test_a_suggestion_that_cannot_be_kept_is_not_acknowledged(client, monkeypatch):
    def fail(*_):
        raise QueueBusy("queue.db", seconds=5)

    monkeypatch.setattr(Outside, "suggest", fail)
    error_of(client.post(SUGGEST, json=suggestion({"INSULT": 1})), status=503, name="UNAVAILABLE")


def test_a_server_without_a_queue_answers_a_suggestion_and_keeps_nothing(scoring):
    answer = asyncio.run(suggest(Service(scoring=scoring), Fields(suggestion({"INSULT": 1}, clientToken="t"))))
    assert answer == {"detectedLanguages": ["en"], "clientToken": "t"}


@pytest.mark.parametrize("do_not_store", [True, False])
def test_what_is_analyzed_is_in_no_file_of_the_queue(analyze, tmp_path, do_not_store):
    context = {"entries": [{"text": "The harbour of Sundvik."}, {"text": "Jonsson sold it."}]}
    analyze("Unmistakable words.", context=context, doNotStore=do_not_store, clientToken="token-xyz")
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert files
    for words in (b"Unmistakable", b"Sundvik", b"Jonsson", b"token-xyz"):
        assert not any(words in held for held in files)


# The description.


def test_the_description_names_the_address_that_it_was_asked_under(client):
    told = client.get("/$discovery/rest?version=v1alpha1", headers={"host": "stance.internal:8710"}).json()
    assert told["rootUrl"] == told["baseUrl"] == "http://stance.internal:8710/"
    assert told == describe("http://stance.internal:8710/")
    assert error_of(client.get("/$discovery/rest?version=v9"), status=404, name="NOT_FOUND")


def test_every_schema_that_the_description_refers_to_is_in_it():
    described = describe("http://127.0.0.1/")
    referred = {part.split('"')[0] for part in json.dumps(described).split('"$ref": "')[1:]}
    assert referred <= set(described["schemas"])
    assert all(
        name in described["schemas"]["AnalyzeCommentRequest"]["properties"]["requestedAttributes"]["description"]
        for name in NAMES
    )
