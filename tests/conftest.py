"""Threads in one line, and a judge whose answers are known."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stance.records import (
    Article,
    Attribute,
    Case,
    Comment,
    Device,
    Judgement,
    NameSpan,
    Page,
    Reading,
    Relation,
    SentenceScore,
    Stance,
    StanceScore,
)
from stance.replies import Forest, ReplyScorer

ROOT = Path(__file__).parent.parent
WIDTH = 8


def number_of(*parts: str) -> float:
    """A number in [0.05, 0.95] that depends on the words alone."""
    digest = sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    return 0.05 + 0.9 * digest[0] / 255


def vector_of(*parts: str) -> NDArray[np.float32]:
    digest = sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    vector = np.frombuffer(digest[:WIDTH], dtype=np.uint8).astype(np.float32) - 127.5
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


def share_out(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


class ConstantJudge:
    """A judge that answers from the words' hash: the same text, the same answer, and no model.

    `attributes` fixes the attributes it gives every comment; `names` finds these spellings as names.
    """

    model_id = "constant@0"

    def __init__(
        self, *, attributes: Mapping[Attribute, float] | None = None, names: Mapping[str, NameSpan] | None = None
    ) -> None:
        self.attributes = attributes
        self.names = dict(names or {})
        self.cases: list[Case] = []

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [
            Reading(
                embedding=vector_of("embedding", text),
                reply_vector=vector_of("reply", text),
                parent_vector=vector_of("parent", text),
                names=self._names(text),
            )
            for text in texts
        ]

    def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        self.cases.extend(cases)
        return [self._judge(case) for case in cases]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        found = []
        for name, span in self.names.items():
            start = text.find(name)
            if start >= 0:
                end = start + len(name)
                found.append(NameSpan(start=start, end=end, kind=span.kind, probability=span.probability))
        return tuple(found)

    def _judge(self, case: Case) -> Judgement:
        words = [case.text, case.parent]
        relation = share_out({label: number_of(label, *words) for label in Relation})
        return Judgement(
            comment_id=case.comment_id,
            relation={label: relation[label] for label in Relation},
            stances=tuple(self._stance(case, target.actor_id) for target in case.targets),
            sentences=tuple(self._sentence(case, start, end) for start, end in case.sentences),
            attributes=self.attributes or {name: number_of(name, case.text) for name in Attribute},
        )

    @staticmethod
    def _stance(case: Case, actor_id: str) -> StanceScore:
        shares = share_out({label: number_of(label, actor_id, case.text) for label in Stance})
        return StanceScore(actor_id=actor_id, probabilities={label: shares[label] for label in Stance})

    @staticmethod
    def _sentence(case: Case, start: int, end: int) -> SentenceScore:
        words = case.text[start:end]
        return SentenceScore(
            start=start,
            end=end,
            claim=number_of("claim", words),
            check_worthy=number_of("check_worthy", words),
            rhetoric=number_of("rhetoric", words),
            devices={device: number_of(device, words) for device in Device},
        )


def make_scorer() -> ReplyScorer:
    """A scorer to which all candidates are alike: a tree of one leaf."""
    nowhere = np.zeros(1, dtype=np.int32)
    leaf = Forest(
        feature=nowhere,
        threshold=np.zeros(1),
        left=nowhere,
        right=nowhere,
        missing_left=np.zeros(1, dtype=np.bool_),
        value=np.zeros(1),
        roots=nowhere,
        baseline=0.0,
        depth=0,
    )
    return ReplyScorer(forest=leaf, temperature=1.0, notes={})


@pytest.fixture
def scorer() -> ReplyScorer:
    """A scorer to which all candidates are alike, so that each comment answers the one before it."""
    return make_scorer()


@pytest.fixture
def constant_judge() -> ConstantJudge:
    return ConstantJudge()


@pytest.fixture
def make_judge() -> type[ConstantJudge]:
    """The constant judge's class, for tests that fix its attributes or names."""
    return ConstantJudge


@pytest.fixture
def chain() -> Callable[..., Page]:
    """`chain("a b>a c>b")` is a page of comments a, b answering a, and c answering b."""

    def build(spec: str, *, source: str = "chain") -> Page:
        comments = []
        for number, link in enumerate(spec.split(), start=1):
            comment_id, _, parent_id = link.partition(">")
            text = f"Comment {comment_id} holds that the bridge should be mended before winter number {number}."
            comments.append(Comment(id=comment_id, text=text, number=number, parent_id=parent_id or None))
        article = Article(
            title="The old bridge", text="The council must choose between two bridges.", author="Ida Berg"
        )
        return Page(source=source, article=article, comments=tuple(comments))

    return build


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as `stance train` makes it: a tiny encoder with random weights, a reply scorer of one leaf."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig

    from stance.judge.model import StanceModel
    from stance.judge.weights import save_model

    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789.,!?'-:;()/@"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=48, num_hidden_layers=1, num_attention_heads=4, intermediate_size=48
    )
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(StanceModel(config), tokenizer, folder)
    make_scorer().save(folder)
    return folder


@pytest.fixture
def seed_page() -> Path:
    """The real page that the project was begun with."""
    return ROOT / "seeds" / "idlib.txt"


# A browser ends with its module: while Playwright runs, its event loop keeps other modules' `asyncio.run` from running.
@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("STANCE_REQUIRE_SERVICES"):
            pytest.fail("Chromium is not installed (apt-get install chromium), and STANCE_REQUIRE_SERVICES is set")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    # Chromium's own sandbox refuses to start as root; what the tests show it is ours.
    flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def is_error(said) -> bool:
    """Whether a line in the browser's console is one; a request that failed is told there, and by the page itself."""
    return said.type == "error" and "Failed to load resource" not in said.text


CONTRAST = """() => {
  const parse = (colour) => {
    const numbers = colour.match(/[\\d.]+/g).map(Number);
    return numbers.length === 3 ? [...numbers, 1] : numbers;
  };
  const light = (channels) => {
    const linear = channels.slice(0, 3).map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *:not(script):not(svg *)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    const unread = style.clipPath !== "none" || element.closest("[aria-disabled=true], .toast, .skip");
    if (!own || unread || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(style.color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${element.className || element.localName}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}"""
"""Every element with words of its own whose contrast with its ground is less than WCAG's 4.5 to 1."""

UNNAMED = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length))
  .map((one) => one.outerHTML.slice(0, 120))"""
"""Controls that a screen reader could not name."""


class Tab:
    """One page of a browser of its own. The page's policy forbids eval, so waiting asks from outside."""

    def __init__(self, page) -> None:
        self.page = page

    def until(self, claim: str, *, seconds: float = 15.0) -> None:
        """Wait until a claim in JavaScript holds."""
        ends = time.monotonic() + seconds
        while not self._holds(claim):
            assert time.monotonic() < ends, f"waited {seconds:g} seconds for {claim}"
            self.page.wait_for_timeout(10)

    def faint(self) -> list[str]:
        """Elements whose words have too little contrast with their ground."""
        return self.page.evaluate(CONTRAST)

    def unnamed(self) -> list[str]:
        """Controls that a screen reader could not name."""
        return self.page.evaluate(UNNAMED)

    def _holds(self, claim: str) -> bool:
        from playwright.sync_api import Error as PlaywrightError

        try:
            return bool(self.page.evaluate(claim))
        except PlaywrightError as error:
            if "navigation" not in str(error):
                raise
            return False  # the page was being replaced: ask the new one


@pytest.fixture
def open_tab(chromium) -> Iterator[Callable[..., Tab]]:
    """`open_tab(address)` opens a page of a browser of its own; any error in its console fails the test."""
    contexts, errors = [], []

    def open_one(address: str, **options) -> Tab:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: (errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: errors.append(said.text) if is_error(said) else None)
        page.goto(address)
        return Tab(page)

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []
