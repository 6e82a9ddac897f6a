"""What can be wrong with a project or its program; each message is meant for the person who wrote them."""


class PlanError(Exception):
    """There is no plan; the message says why and what to change."""


class ProjectError(PlanError):
    """Project file, stack file or configuration are wrong: all problems, at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ResourceError(PlanError):
    """The program registered resources that no provider would take: all problems, at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ProgramError(PlanError):
    """The program itself refused to go on, with a message of its own (``pulumi.RunError``)."""
