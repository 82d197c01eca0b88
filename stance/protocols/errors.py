"""What keeps a server from answering."""

from __future__ import annotations

from stance.errors import StanceError


class Overloaded(StanceError):
    """More waits to be judged than can be answered in time; `retry_after_seconds` is when to ask again."""

    def __init__(self, *, retry_after_seconds: int = 1) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"Too many texts wait to be judged. Ask again in {retry_after_seconds} s.")


class CannotJudge(StanceError):
    """A text on which the judge fails; all others of its batch are answered."""

    def __init__(self, *, kind: str) -> None:
        self.kind = kind
        super().__init__(f"The text cannot be judged ({kind}). Leave it out, and tell the maintainers of it.")


class BadCoralSettings(StanceError):
    """The file with the settings for Coral does not say what is needed; none of its values is shown."""

    exit_code = 10

    def __init__(self, source: str, *, what: str) -> None:
        self.source, self.what = source, what
        super().__init__(f"{source}: {what}. docs/coral.md has an example.")
