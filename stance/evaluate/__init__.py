"""A labelled file and a judge in, figures out, each beside what a simple guess reaches."""

from stance.evaluate.run import TASKS, run_task

__all__ = ["TASKS", "run_task"]
