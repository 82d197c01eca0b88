"""Targets beside a window: what reads what."""

import pytest
import torch

from stance.judge import Question, TextEncoder, collate, load_model, load_tokenizer

WORDS = "ida is late. moss is not."


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_model(tiny_model)


@pytest.fixture(scope="module")
def encoder(tiny_model):
    return TextEncoder(load_tokenizer(tiny_model))


@pytest.fixture
def ask(model, encoder):
    """Return states and logits of windows, with the names asked about in each and the words that each is read from."""

    @torch.inference_mode()
    def build(*asked):
        windows = [encoder.windows(text)[0][0] for text, _ in asked]
        questions = [
            [
                Question(name=encoder.name_ids(name), mentions=[], naming=window.token_indices(spans))
                for name, spans in names
            ]
            for window, (_, names) in zip(windows, asked, strict=True)
        ]
        batch = collate(windows, pad_id=encoder.pad_id, questions=questions)
        states = model.encode(batch)
        return states, None if batch.targets is None else model.stance(states, batch.targets)

    return build


def test_no_word_of_a_window_reads_a_name_beside_it(ask):
    plain, none = ask((WORDS, []))
    asked, _ = ask((WORDS, [("ida", []), ("a longer name than that", [])]))
    assert none is None
    torch.testing.assert_close(asked[0, : plain.shape[1]], plain[0], atol=1e-5, rtol=1e-4)


def test_a_name_reads_neither_other_names_nor_padding(ask):
    _, alone = ask((WORDS, [("ida", [])]))
    _, among = ask(("x", []), (WORDS, [("a longer name", []), ("ida", []), ("moss", [])]), (WORDS * 3, [("zed", [])]))
    torch.testing.assert_close(among[1], alone[0], atol=1e-5, rtol=1e-4)
    assert among.isfinite().all()


def test_a_name_reads_the_words_it_is_asked_of_and_no_others(ask):
    places = {name: ask((WORDS, [("ida", spans)]))[0][0] for name, spans in (("one", [(0, 12)]), ("all", []))}
    torch.testing.assert_close(places["one"][: len(WORDS)][:15], places["all"][: len(WORDS)][:15])
    assert (places["one"] - places["all"]).abs().max() > 1e-4


def test_an_empty_name_and_a_window_without_words_have_numbers(ask):
    _, logits = ask(("", [("", [])]), (WORDS, [("", [])]))
    assert logits.isfinite().all()


def test_of_a_long_name_the_beginning_is_read(encoder):
    ids = encoder.name_ids("boat " * 100)
    assert len(ids) == 17
    assert ids[-1] == encoder.sep_id


def test_more_names_than_the_encoder_has_places_are_asked_about(ask, model):
    many = [(f"boat {n} of the harbour", []) for n in range(40)]
    assert model.encoder.config.max_position_embeddings < 40 * 17
    _, alone = ask((WORDS, many[-1:]))
    _, among = ask((WORDS, many))
    torch.testing.assert_close(among[-1], alone[0], atol=1e-5, rtol=1e-4)
