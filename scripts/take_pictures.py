"""Take the pictures of pages that README.md and docs show: the seed page's report, its queue, and the labelling page.

Run with the interpreter of an environment that holds stance with its `dev` extra, with Chromium installed:
.venv/bin/python scripts/take_pictures.py [report|queue|label ...]
Writes docs/pictures/report.png (the report's beginning beside its stances), queue.png and label.png.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = ROOT / "docs" / "pictures"
SEED: Final = "seeds/idlib.txt"
QUEUE_SIZE: Final = {"width": 1400, "height": 900}
REPORT_SIZE: Final = {"width": 860, "height": 1120}
LABEL_SIZE: Final = {"width": 1280, "height": 760}
COLOURS: Final = 256
LABELLED: Final = {
    "what": "stance:Veland",
    "target": "Veland",
    "article": "Who owns the harbour of Sund?",
    "context": [
        "Ten years of promises, and the ferry still stops in winter.",
        "And who is to blame for that? Veland has had the money since 2015. Nothing has happened here.",
    ],
    "text": "Oh sure, Veland did nothing at all. Except for the bridge, which your own paper called impossible, the "
    "harbour, and two schools. If that is nothing, I would like some more of it from Veland.",
    "mentions": [[9, 15], [183, 189]],
}


def stance(*arguments: str) -> list[str]:
    """A `stance` command."""
    return [sys.executable, "-m", "stance", *arguments]


def save(pictures: list[bytes], path: Path) -> None:
    """Put pictures beside one another into a file of few colours, which flat pages do not miss."""
    images = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    whole = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)))
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def take_report(browser: Any, folder: Path) -> None:
    """The report of the seed page: how it begins, and how it shows stances."""
    out = folder / "report.html"
    subprocess.run(stance("report", SEED, "--out", str(out)), check=True, cwd=ROOT)
    page = browser.new_page(viewport=REPORT_SIZE)
    page.goto(out.as_uri())
    pictures = [page.screenshot()]
    page.evaluate("document.querySelector('#stances').scrollIntoView()")
    save([*pictures, page.screenshot()], PICTURES / "report.png")


def take_queue(browser: Any, folder: Path) -> None:
    """The queue of the seed page with its first item open, as `stance serve` shows it to one person."""
    queue = str(folder / "queue.db")
    subprocess.run(stance("analyze", SEED, "--queue", queue), check=True, cwd=ROOT)
    command = stance("serve", queue, "--no-protocols", "--port", "0", "--moderator", "Anna")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            link = next(word for line in iter(server.stdout.readline, "") for word in line.split() if "token=" in word)
            page = browser.new_page(viewport=QUEUE_SIZE)
            page.goto(link)
            page.wait_for_selector("#item-title")
            page.wait_for_selector("#card:not([aria-busy])")
            page.wait_for_selector(".live.on")
            save([page.screenshot()], PICTURES / "queue.png")
            page.close()  # a page that listens for news would hold the server up
        finally:
            server.terminate()


def take_label(browser: Any, folder: Path) -> None:
    """The labelling page after sixteen answers, as `stance label` shows it."""
    sample = folder / "sample.jsonl"
    rows = [{**LABELLED, "id": "0"}, *({"what": "stance:Veland", "id": str(n), "text": "No."} for n in range(1, 50))]
    sample.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = [row | {"label": "neutral", "annotator": "Anna"} for row in rows[1:17]]
    labels = folder / "labels.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in done))
    options = ("--out", str(labels), "--annotator", "Anna", "--port", "0")
    with subprocess.Popen(stance("label", str(sample), *options), stdout=subprocess.PIPE, text=True) as server:
        try:
            link = server.stdout.readline().strip()
            page = browser.new_page(viewport=LABEL_SIZE)
            page.goto(link)
            for number in range(1, 51):
                page.goto(f"{link.partition('/open')[0]}/units/{number}")
                if "Oh sure" in page.locator(".words.main").inner_text():
                    break
            save([page.screenshot()], PICTURES / "label.png")
            page.close()
        finally:
            server.terminate()


TAKERS: Final = {"report": take_report, "queue": take_queue, "label": take_label}


def main(names: list[str]) -> None:
    """Take those named, or all."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        for name in names or TAKERS:
            TAKERS[name](browser, Path(folder))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
