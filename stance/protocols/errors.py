"""What keeps a server from answering."""

from __future__ import annotations

from typing import Final

from stance.errors import StanceError

_LASTING: Final = frozenset({"COMMENT_NOT_FOUND", "COMMENT_REVISION_NOT_FOUND", "STORY_NOT_FOUND"})
_REFUSING: Final = frozenset({"USER_NOT_ENTITLED", "RAW_QUERY_NOT_AUTHORIZED", "AUTHENTICATION_ERROR", "TOKEN_INVALID"})


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


class CoralFailed(StanceError):
    """Coral's GraphQL gave no answer to a query, or an error; nothing that it said is shown but a code.

    `status` is that of HTTP, 0 where there was no error of HTTP; `code` is Coral's, `field` what its version does not
    know, `kind` what else went wrong; each "" where there is none. `lasts` says that asking again changes nothing.
    """

    def __init__(self, *, status: int = 0, code: str = "", field: str = "", kind: str = "") -> None:
        self.status, self.code, self.field, self.kind = status, code, field, kind
        self.lasts = code in _LASTING
        super().__init__(f"Coral's GraphQL fails: {self.what}. {self._mend()}")

    @property
    def what(self) -> str:
        """What went wrong, in a few words."""
        unknown = f" (it does not know the field {self.field})" if self.field else ""
        return f"{self.kind or self.code or f'status {self.status}'}{unknown}"

    def _mend(self) -> str:
        if self.status in {401, 403} or self.code in _REFUSING:
            return "Put the token of an administrator into the settings (coral-cli token:create) and start again."
        return "Check graphql_url in the settings, and that Coral runs."


class BadCoralSettings(StanceError):
    """The file with the settings for Coral does not say what is needed; none of its values is shown."""

    exit_code = 10

    def __init__(self, source: str, *, what: str) -> None:
        self.source, self.what = source, what
        super().__init__(f"{source}: {what}. docs/coral.md has an example.")
