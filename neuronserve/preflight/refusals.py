"""Why something cannot be found out."""


class RefusedError(Exception):
    """One question has no answer; the message says why, ``remedy`` what to do."""

    def __init__(self, message: str, remedy: str, link: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.link = link


class AwsError(RefusedError):
    """AWS answered one call of an ``action`` with an error; ``code`` is AWS's name for it."""

    def __init__(self, action: str, code: str, message: str) -> None:
        self.action = action
        denied = code in DENIED
        super().__init__(
            f"could not be checked: needs action {action}" if denied else f"{action} answered {code}: {message}",
            f"Allow these credentials {action}." if denied else "Try again, or look it up in the console.",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html"
            if denied
            else None,
        )
        self.code = code


DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
"""By which names AWS's services refuse a call for want of a permission."""


class NoAccountError(Exception):
    """There is no AWS account to ask; the message says why, and what to do."""
