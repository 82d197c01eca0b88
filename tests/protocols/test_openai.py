"""The moderation shape, asked by OpenAI's own client over a real socket."""

from __future__ import annotations

import pytest
from openai import AuthenticationError, BadRequestError, OpenAI, RateLimitError

from stance.protocols.openai import MOST_TEXTS, OPENAI
from stance.records import Attribute

MILD = dict.fromkeys(Attribute, 0.1)
WITHOUT_DATA = {
    *("illicit", "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions"),
    *("sexual", "sexual/minors", "violence", "violence/graphic"),
}


@pytest.fixture
def constant_judge(make_judge):
    return make_judge(attributes=MILD)


@pytest.fixture
def client(served):
    with OpenAI(base_url=f"{served(OPENAI)}/v1", api_key="none", max_retries=0) as asking:
        yield asking


def by_name(categories):
    return categories.model_dump(by_alias=True)


def test_a_text_has_a_result_with_every_category(client):
    answer = client.moderations.create(input="It stands.")
    assert (answer.id.startswith("modr-"), answer.model, len(answer.results)) == (True, "constant@0", 1)
    (result,) = answer.results
    assert not result.flagged
    scores, types = by_name(result.category_scores), by_name(result.category_applied_input_types)
    assert len(scores) == 13
    assert {name for name, score in scores.items() if score == 0.0} == WITHOUT_DATA
    assert {name for name, applied in types.items() if applied == []} == WITHOUT_DATA
    assert {name for name, flag in by_name(result.categories).items() if flag} == set()


@pytest.mark.parametrize(
    ("likely", "flagged", "scores"),
    [
        # At the shipped policy's thresholds: 0.5 for an insult, 0.4 for a threat and an attack on a people.
        ({Attribute.INSULT: 0.5}, {"harassment"}, {"harassment": 0.5, "hate": 0.1}),
        ({Attribute.INSULT: 0.49}, set(), {"harassment": 0.49}),
        ({Attribute.ATTACK_ON_COMMENTER: 0.7}, {"harassment"}, {"harassment": 0.7}),
        ({Attribute.IDENTITY_ATTACK: 0.4}, {"hate"}, {"hate": 0.4, "hate/threatening": 0.1}),
        ({Attribute.THREAT: 0.8}, {"harassment", "harassment/threatening"}, {"harassment/threatening": 0.8}),
        (
            {Attribute.THREAT: 0.8, Attribute.IDENTITY_ATTACK: 0.6},
            {"harassment", "harassment/threatening", "hate", "hate/threatening"},
            {"hate/threatening": 0.6},
        ),
        ({Attribute.TOXICITY: 0.9, Attribute.PROFANITY: 0.9, Attribute.SPAM: 0.9}, set(), {"sexual": 0.0}),
    ],
)
def test_categories_mean_what_the_attributes_say(client, constant_judge, likely, flagged, scores):
    constant_judge.attributes = MILD | likely
    (result,) = client.moderations.create(input="Made up.").results
    assert {name for name, flag in by_name(result.categories).items() if flag} == flagged
    assert result.flagged == bool(flagged)
    assert scores.items() <= by_name(result.category_scores).items()


def test_strings_have_a_result_each_and_parts_one_together(client, constant_judge):
    assert len(client.moderations.create(input=["One.", "Two.", ""]).results) == 3
    parts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    assert len(client.moderations.create(input=parts, model="omni-moderation-latest").results) == 1
    assert constant_judge.cases[-1].text == "One.\n\nTwo."


@pytest.mark.parametrize(
    ("given", "param", "words"),
    [
        ([{"type": "image_url", "image_url": {"url": "https://x.example/1.png"}}], "input[0]", "Images are not judged"),
        ([{"type": "text", "text": "a"}, {"type": "audio"}], "input[1].type", 'must be "text"'),
        ([{"type": "text"}], "input[0].text", "must be a string"),
        ([], "input", "a list that is not empty"),
        (["a", {"type": "text", "text": "b"}], "input", "mixes strings and objects"),
        ([1, 2], "input[0]", "must be a string, or an object"),
        (["a"] * (MOST_TEXTS + 1), "input", "Send several requests"),
        (["a", "é" * 10_241], "input[1]", "longer than 20,480 bytes"),
        (7, "input", "must be a string, or a list"),
        (None, "input", "must be a string, or a list"),
    ],
)
def test_what_cannot_be_judged_is_a_bad_request_that_names_the_field(client, given, param, words):
    with pytest.raises(BadRequestError, match=words) as caught:
        client.moderations.create(input=given)
    assert (caught.value.param, caught.value.type) == (param, "invalid_request_error")


def test_a_missing_input_and_a_model_that_is_no_name_are_told(client):
    with pytest.raises(BadRequestError, match="`input` is missing") as caught:
        client.post("/moderations", body={}, cast_to=object)
    assert caught.value.code == "missing_required_parameter"
    with pytest.raises(BadRequestError, match="`model` must be a string"):
        client.post("/moderations", body={"input": "a", "model": 4}, cast_to=object)


def test_an_overloaded_server_is_a_rate_limit(client, scoring):
    scoring.close()
    with pytest.raises(RateLimitError, match="Ask again") as caught:
        client.moderations.create(input="It stands.")
    assert caught.value.code == "rate_limit_exceeded"
    assert int(caught.value.response.headers["retry-after"]) >= 1


@pytest.fixture
def ask(served):
    """Ask under an API key."""
    address = f"{served(OPENAI)}/v1"

    def once(key):
        with OpenAI(base_url=address, api_key=key, max_retries=0) as asking:
            return asking.moderations.create(input="It stands.")

    return once


def test_a_key_that_is_not_known_is_an_authentication_error(store, ask):
    key = store.keys.add("forum")
    assert len(ask(key).results) == 1
    with pytest.raises(AuthenticationError, match="API key not valid") as caught:
        ask("sk-of-somebody-else")
    assert caught.value.code == "invalid_api_key"


def test_a_key_that_asks_too_often_is_a_rate_limit(store, ask):
    key = store.keys.add("forum", per_minute=1)
    ask(key)
    with pytest.raises(RateLimitError, match="Quota exceeded") as caught:
        ask(key)
    assert int(caught.value.response.headers["retry-after"]) > 30


def test_the_one_model_is_listed(client):
    assert [model.id for model in client.models.list()] == ["constant@0"]
