import math
from collections import Counter

import numpy as np
import pytest

from stance.replies.weights import WordCounter, WordWeights


def weigh(*texts: str) -> WordWeights:
    counter = WordCounter()
    for text in texts:
        counter.add(text.split())
    return counter.weigh()


def weights_of(table: WordWeights, entry: int) -> dict[str, float]:
    words, weights = table.of(entry)
    return {table.vocabulary[word]: weight for word, weight in zip(words, weights, strict=True)}


def test_a_rare_word_weighs_more_and_one_in_every_entry_nothing():
    # Of 3 entries: "kerb" stands in 1, ln(1 + 3) - ln 2 = ln 2; "rain" in 2, ln(1 + 1.5) - ln 2 = ln 1.25.
    length = math.hypot(math.log(2), math.log(1.25))
    assert weights_of(weigh("a kerb rain", "a rain", "a"), 0) == pytest.approx(
        {"kerb": math.log(2) / length, "rain": math.log(1.25) / length}
    )


def test_a_repeated_word_weighs_by_the_logarithm_of_its_count():
    # "kerb" twice and "lane" once, both in no other entry: 1 + ln 2 to 1.
    found = weights_of(weigh("kerb lane kerb", "x"), 0)
    assert found["kerb"] / found["lane"] == pytest.approx(1 + math.log(2))


def test_words_keep_the_order_of_the_text():
    assert list(weights_of(weigh("a b c", "c b d", "x"), 1)) == ["c", "b", "d"]


def test_entries_without_words_share_nothing():
    table = weigh("", "kerb", "")
    assert [part.tolist() for part in table.compare(0, np.array([1, 2]))] == [[0, 0]] * 3
    assert [part.tolist() for part in table.compare(1, np.array([0, 2]))] == [[0, 0]] * 3


def compare_by_hand(texts: list[str], entry: int, others: list[int]) -> list[list[float]]:
    table = weigh(*texts)
    weights = [weights_of(table, at) for at in range(len(texts))]
    spread = Counter(word for text in texts for word in set(text.split()))
    mine = weights[entry]
    rows = []
    for other in others:
        shared = mine.keys() & weights[other].keys()
        products = {word: mine[word] * weights[other][word] for word in shared}
        rows.append(
            [
                sum(products.values()),
                sum(mine[word] for word in shared) / sum(mine.values()),
                sum(product for word, product in products.items() if spread[word] == 2),
            ]
        )
    return np.array(rows).T.tolist()


def test_long_entries_and_short_ones_are_compared_alike():
    rng = np.random.default_rng(5)
    # Entries of 1,500 words have more than 512 distinct ones, which are looked up and not gone through.
    sizes = [1500, 3, 1500, 40, 0, 700, 3]
    texts = [" ".join(f"w{word}" for word in rng.integers(2000, size=size)) for size in sizes]
    for entry in (0, 1, 3, 6):
        others = [at for at in range(len(texts)) if at != entry]
        found = weigh(*texts).compare(entry, np.array(others))
        assert np.array(found) == pytest.approx(np.array(compare_by_hand(texts, entry, others)))


def test_shared_words_are_told_with_both_weights():
    table = weigh("kerb rain", "rain tram", "x")
    words, mine, theirs = table.shared(0, 1)
    assert [table.vocabulary[word] for word in words] == ["rain"]
    assert mine.tolist() == [weights_of(table, 0)["rain"]]
    assert theirs.tolist() == [weights_of(table, 1)["rain"]]
