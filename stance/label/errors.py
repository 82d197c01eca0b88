"""What can be wrong with labelling."""

from __future__ import annotations

from pathlib import Path

from stance.errors import CannotWrite, DataError, StanceError


class LabelsInUse(CannotWrite):
    """Another process labels into the same file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, why="another `stance label` has it open", mend="End that one first, or give another --out."
        )


class LabelsAreSample(CannotWrite):
    """The labels would go into the file that says what to label."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, why="it is the file of what is to be labelled", mend="Give another --out.")


class NothingToLabel(DataError):
    """No comment is left to ask about."""

    def __init__(self, source: str, *, why: str, mend: str) -> None:
        self.source, self.why, self.mend = source, why, mend
        super().__init__(f"{source}: nothing to label ({why}). {mend}")


class StaleAnswer(StanceError):
    """What is to be answered was answered meanwhile, in another window."""

    def __init__(self, place: int) -> None:
        self.place = place
        super().__init__(f"Number {place} was answered meanwhile in another window. It is shown as it is now.")


class NothingToTakeBack(StanceError):
    """No answer is left to undo."""

    def __init__(self) -> None:
        super().__init__("Nothing of yours is left to take back.")
