import random
from itertools import pairwise

import pytest
from tokenizers import Tokenizer, models

from stance.judge import collate, token_budget_batches
from stance.judge import encoding as encoding_module
from stance.judge.encoding import MAX_WINDOWS, PARENT_TOKENS, TextEncoder, place_spans, straighten

WORDS = "The ferry was late again, said Ida Berg; nobody at the harbour knew why. "


def visible(text):
    return [(at, at + 1) for at, letter in enumerate(text) if not letter.isspace()]


def of_comment(window):
    return window.offsets[1 : window.n_comment + 1]


def test_a_short_comment_is_one_window_between_its_marks(encoder):
    windows, n_unread = encoder.windows("Go on", parent="Why")
    (window,) = windows
    assert n_unread == 0
    # [CLS] g o o n [SEP] w h y [SEP]
    assert window.offsets == [(-1, -1), (0, 1), (1, 2), (3, 4), (4, 5), *[(-1, -1)] * 5]
    assert window.types == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert window.own == [False, True, True, True, True, *[False] * 5]
    assert (window.ids[0], window.ids[5], window.ids[9]) == (encoder.cls_id, encoder.sep_id, encoder.sep_id)
    assert window.n_comment == 4


def test_windows_overlap_and_cover_every_token(encoder):
    text = WORDS * 24
    windows, n_unread = encoder.windows(text)
    assert n_unread == 0
    assert len(windows) > 2
    assert sorted({place for window in windows for place in of_comment(window)}) == visible(text)
    for window, following in pairwise(windows):
        assert following.reach[0] < window.reach[1]
        assert window.n_comment == 320


@pytest.mark.parametrize(
    ("n_tokens", "n_windows"), [(320, 1), (321, 2), (320 + 256, 2), (320 + 257, 3), (320 + 512, 3)]
)
def test_windows_are_as_many_as_strides_of_256_need(encoder, n_tokens, n_windows):
    assert len(encoder.windows("a " * n_tokens)[0]) == n_windows


def test_what_is_not_read_is_counted(encoder):
    # 320 + 9 x 256 tokens fill ten windows.
    windows, n_unread = encoder.windows("a " * (320 + 9 * 256), max_windows=4)
    assert (len(windows), n_unread) == (4, 6)
    assert windows[-1].reach == (2 * 3 * 256, 2 * (3 * 256 + 320) - 1)


def test_an_empty_text_is_still_a_window(encoder):
    (window,), n_unread = encoder.windows("")
    assert (window.n_comment, window.reach, n_unread) == (0, (0, 0), 0)


def test_quoted_words_are_of_the_other_type_and_not_own(encoder):
    text = 'He says "never" but I say yes'
    start, end = text.index('"'), text.rindex('"') + 1
    (window,), _ = encoder.windows(text, quotes=[(start, end)])
    for index, (begin, stop) in enumerate(of_comment(window), start=1):
        quoted = start <= begin and stop <= end
        assert window.own[index] is not quoted
        assert window.types[index] == int(quoted)


def test_quotations_may_overlap_and_come_in_any_order(encoder):
    text = "abcdefghij"
    (window,), _ = encoder.windows(text, quotes=[(6, 8), (0, 4), (1, 2), (3, 5)])
    assert window.own[1:-1] == [False] * 5 + [True] + [False] * 2 + [True] * 2


def test_of_what_is_answered_the_end_is_kept(encoder):
    parent = "x" * 500 + " " + "y " * PARENT_TOKENS
    (window,), _ = encoder.windows("No", parent=parent)
    (only_y,), _ = encoder.windows("No", parent="y " * PARENT_TOKENS)
    assert window.ids == only_y.ids
    assert sum(window.types) == PARENT_TOKENS + 1


def test_straightening_keeps_the_length_and_every_place():
    curly = "“No” – he said: «it’s\u00a0done»… ‘so’ ″x″ \u2028 \U0001f600"
    straight = straighten(curly)
    assert len(straight) == len(curly)
    assert straight.startswith('"No" - he said: "it\'s done"')


def test_curly_and_straight_quotes_read_the_same(encoder):
    assert encoder.windows("It’s “fine”")[0][0].ids == encoder.windows('It\'s "fine"')[0][0].ids


def test_capital_letters_are_told_apart(encoder):
    (window,), _ = encoder.windows("Ab 9")
    # One letter alone is a capital, not capitals.
    assert window.capitals[1:-1] == [1, 0, 3]


def test_a_text_cut_in_pieces_reads_as_it_does_whole(encoder, monkeypatch):
    text = WORDS * 20 + "x" * 90 + "\n" + WORDS
    whole = encoder.windows(text, comment_tokens=24, max_windows=9)
    monkeypatch.setattr(encoding_module, "_PIECE_CHARACTERS", 100)
    assert encoder.windows(text, comment_tokens=24, max_windows=9) == whole


def test_a_text_without_any_space_is_cut_too(encoder, monkeypatch):
    monkeypatch.setattr(encoding_module, "_PIECE_CHARACTERS", 50)
    windows, n_unread = encoder.windows("x" * 490)
    assert windows[-1].reach[1] == 490
    assert n_unread == 0


def test_spans_are_placed_as_asking_every_window_would(encoder):
    rng = random.Random(4)
    text = WORDS * 8
    windows, _ = encoder.windows(text, quotes=[(30, 60), (200, 400)])
    groups = [
        [
            (begin, begin + rng.randrange(1, 300))
            for begin in (rng.randrange(len(text)) for _ in range(rng.randrange(4)))
        ]
        for _ in range(60)
    ]
    placed = place_spans(windows, groups)
    for window, found in zip(windows, placed, strict=True):
        for group, spans in enumerate(groups):
            wanted = [
                index
                for index, (begin, stop) in enumerate(window.offsets)
                if window.own[index] and any(begin < end and stop > start for start, end in spans)
            ]
            assert found.get(group, []) == wanted == window.token_indices(spans)


def test_a_batch_is_padded_and_its_padding_is_nobodys(encoder):
    windows = [encoder.windows(text, parent="why")[0][0] for text in ("a", "abcdef")]
    batch = collate(windows, pad_id=encoder.pad_id)
    assert batch.ids.shape == (2, 12)
    assert batch.mask.sum(dim=1).tolist() == [7, 12]
    assert batch.ids[0, 7:].tolist() == [encoder.pad_id] * 5
    assert batch.own.sum(dim=1).tolist() == [1, 6]
    assert batch.other.sum(dim=1).tolist() == [4, 4]


def test_a_bare_quotation_pools_over_its_first_mark(encoder):
    windows = [encoder.windows("abc", quotes=[(0, 3)])[0][0], encoder.windows("")[0][0]]
    batch = collate(windows, pad_id=encoder.pad_id)
    assert batch.own.tolist() == [[True, False, False, False, False], [True, False, False, False, False]]


@pytest.mark.parametrize("budget", [1, 10, 64])
def test_batches_hold_every_index_once_and_keep_their_budget(budget):
    lengths = [7, 3, 30, 12, 3, 9, 1, 1, 25]
    made = list(token_budget_batches(lengths, budget=budget))
    assert sorted(index for batch in made for index in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget for batch in made)


def test_a_vocabulary_without_marks_is_refused():
    with pytest.raises(ValueError, match=r"\[CLS\]"):
        TextEncoder(Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")))


def test_a_huge_comment_is_read_to_a_bound_and_the_rest_counted(encoder):
    n_tokens = 120_000
    windows, n_unread = encoder.windows("a " * n_tokens)
    assert len(windows) == MAX_WINDOWS
    # Starts at 0, 256, ... below 119,680, and one at the end: 468 + 1 windows in all.
    assert n_unread == 469 - MAX_WINDOWS
