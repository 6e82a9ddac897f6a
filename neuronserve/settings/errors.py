"""The one error of settings that cannot be deployed."""

import re

import pulumi

from neuronserve.settings.names import SettingNames

SETTING = re.compile(r"[a-z]\w*(?:\.[\w-]+|\[[^\]]*\])*(?= )")
"""What a problem begins with that is about a setting: its name."""


class InvalidSettingsError(pulumi.RunError, ValueError):
    """Settings cannot be deployed; the message lists everything that is wrong with them.

    As a ``pulumi.RunError`` it ends a Pulumi program with its message and without a traceback.
    """

    def __init__(self, subject: str, problems: list[str]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        numbered = (f"  {number}. {problem}" for number, problem in enumerate(problems, start=1))
        self._summary = f"{subject} cannot be deployed: {count}."
        super().__init__("\n".join([self._summary, *numbered]))

    def of_inputs(self) -> pulumi.InputPropertiesError:
        """Return what says the same to a program in another language: each problem with the input that it is about."""
        about = {problem: SETTING.match(problem) for problem in self.problems}
        return pulumi.InputPropertiesError(
            "\n".join([self._summary, *(f"  {problem}" for problem, setting in about.items() if not setting)]),
            [{"property_path": setting[0], "reason": problem} for problem, setting in about.items() if setting],
        )

    def raised_later(self, names: SettingNames) -> Exception:
        """Return what ends a program from inside an ``apply``, where the SDK wraps every ValueError.

        Args:
            names: how the user writes settings.
        """
        return self.of_inputs() if names.camel_case else pulumi.RunError(str(self))
