"""What a kubeconfig is given as."""


class UnreachableError(Exception):
    """A cluster cannot be read; the message is for a person."""


def is_path(kubeconfig: str) -> bool:
    """Tell the path of a kubeconfig from its content."""
    return not any(sign in kubeconfig for sign in ("\n", "{", "apiVersion"))
