import json

from stance.read import read_page
from stance.records import ARTICLE, Order
from stance.thread import build_thread, find_quotes, split_sentences


def test_the_seed_page_is_newest_first(seed_page):
    thread = build_thread(read_page(seed_page))
    assert thread.order is Order.NEWEST_FIRST
    assert thread.order_probability > 0.95
    assert [comment.id for comment in thread.comments] == [str(number) for number in range(11, 0, -1)]


def test_the_seed_pages_quotations_are_found(seed_page):
    thread = build_thread(read_page(seed_page))
    quotes = find_quotes(thread.comments, thread.article)
    sources = {comment_id: [quote.source_id for quote in found] for comment_id, found in quotes.items() if found}
    assert sources == {"4": ["6", ARTICLE], "5": ["10"], "7": ["11"] * 7}
    assert all(quote.similarity > 0.85 for found in quotes.values() for quote in found)


def test_most_annotated_sentences_of_the_seed_page_are_found(seed_page):
    thread = build_thread(read_page(seed_page))
    gold = json.loads(seed_page.with_name("idlib.gold.json").read_text(encoding="utf-8"))
    texts = {comment.number: comment.text for comment in thread.comments}
    n_found = n_gold = 0
    for entry in gold["comments"]:
        text = texts[entry["number"]]
        found = {" ".join(text[start:end].split()) for start, end in split_sentences(text)}
        n_gold += len(entry["sentences"])
        n_found += sum(" ".join(sentence["text"].split()) in found for sentence in entry["sentences"])
    assert n_found / n_gold > 0.95
