"""What MkDocs is told beside mkdocs.yml: pages that stand elsewhere in the repository, and one for each public room.

Texts are included and not copied; links between them lead to each other in the repository and on the site alike.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).resolve().parent.parent
ELSEWHERE: Final = {
    "model_card.md": "models/default/README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
}
PLAIN: Final = ("stance", "records", "errors", "labels")
ORDER: Final = (
    *("read", "thread", "replies", "actors", "judge", "queue", "out", "evaluate", "train", "classifier"),
    *("protocols", "serve", "batch", "study", "label", "report", "bench"),
)
"""As data crosses them; a room that is not named here comes last."""
_SITE: Final = {target: name for name, target in ELSEWHERE.items()}
_LINK: Final = re.compile(r"(\]\()([^)#:\s]+)((?:#[^)\s]*)?\))")
_CODE: Final = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", flags=re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a page for each room into the part of the navigation that is called Python."""
    (part,) = [entry["Python"] for entry in config.nav or [] if isinstance(entry, dict) and "Python" in entry]
    part += [{_module(room): f"api/{room}.md"} for room in (*PLAIN, *_rooms())]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    for room in (*PLAIN, *_rooms()):
        files.append(File.generated(config, f"api/{room}.md", content=_room_page(room)))
    return files


def _rooms() -> list[str]:
    """All rooms but the command line, whose reference is `--help`."""
    package = ROOT / "stance"
    found = {path.parent.name for path in package.glob("*/__init__.py")} | {
        path.stem for path in package.glob("[!_]*.py")
    }
    found &= {name for name in found if _names(package / name / "__init__.py") or _names(package / f"{name}.py")}
    known = [room for room in ORDER if room in found]
    return known + sorted(found - {*known, *PLAIN, "cli"})


def _module(room: str) -> str:
    return room if room == "stance" else f"stance.{room}"


def _room_page(room: str) -> str:
    module = _module(room)
    parts = [f"# {module}", f"::: {module}"]
    # A function in a file of its own name would be taken for the file.
    inside = {path.stem for path in (ROOT / "stance" / room).glob("*.py")}
    parts += [
        f"::: {module}.{name}.{name}\n    options: {{ show_root_heading: true, show_root_toc_entry: true }}"
        for name in sorted(inside & set(_names(ROOT / "stance" / room / "__init__.py")))
    ]
    return "\n\n".join(parts) + "\n"


def _names(face: Path) -> list[str]:
    """What a room's `__all__` lists."""
    if not face.exists():
        return []
    for node in ast.parse(face.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead every link of a text to where it stands on the site, wherever in the repository the text is."""
    here = page.file.src_uri
    folder = posixpath.dirname(ELSEWHERE.get(here, f"docs/{here}"))

    def lead(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[2]))
        on_site = _SITE.get(target, target.removeprefix("docs/") if target.startswith("docs/") else None)
        if on_site is None:
            return found[0]  # MkDocs says that it leads nowhere
        return f"{found[1]}{posixpath.relpath(on_site, posixpath.dirname(here) or '.')}{found[3]}"

    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [_LINK.sub(lead, markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(lead, markdown[end:])])
