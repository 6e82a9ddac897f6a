"""The one error of settings that cannot be deployed."""

import pulumi


class InvalidSettingsError(pulumi.RunError, ValueError):
    """Settings cannot be deployed; the message lists everything that is wrong with them.

    As a ``pulumi.RunError`` it ends a Pulumi program with its message and without a traceback.
    """

    def __init__(self, subject: str, problems: list[str]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        numbered = (f"  {number}. {problem}" for number, problem in enumerate(problems, start=1))
        super().__init__("\n".join([f"{subject} cannot be deployed: {count}.", *numbered]))
