"""What a user gives to reach an OpenAI-compatible API: its URL and its key."""

from urllib.parse import urlsplit


def wrong_base_url(base_url: str) -> str | None:
    """Return what is wrong with a URL; None if nothing is."""
    try:
        url = urlsplit(base_url)
        right = url.scheme in ("http", "https") and url.hostname and (url.port or 1) and base_url.isascii()
    except ValueError:
        right = False
    right = right and not any(character.isspace() for character in base_url)
    return None if right else f"--base-url is {base_url!r}; it should read http://host:port/v1."


def wrong_endpoint(base_url: str) -> str | None:
    """Return what is wrong with a URL that is written down with what is measured there; None if nothing is."""
    if problem := wrong_base_url(base_url):
        return problem
    if "@" in urlsplit(base_url).netloc:
        return "--base-url has a name or a password in it. Leave that out, and give the key with --api-key."
    return None


def wrong_key(api_key: str) -> str | None:
    """Return why no HTTP header can carry a key; None if one can."""
    if api_key.isascii() and api_key.isprintable() and api_key == api_key.strip():
        return None
    return (
        "The API key has characters that no HTTP header can carry: letters beyond ASCII, a line break, a space at an "
        "end. Set VLLM_API_KEY, or --api-key, to the key itself."
    )
