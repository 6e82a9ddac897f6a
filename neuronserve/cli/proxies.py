"""Proxies that the environment names: none for this machine itself, and one that fails is named."""

import os
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SPELLINGS = ("no_proxy", "NO_PROXY")
"""Clients read one or the other."""


def keep_loopback_from_proxies() -> None:
    """Have every HTTP client of this process, and of those that it starts, talk to this machine directly."""
    if not getproxies_environment():
        return
    hosts = [host for spelling in SPELLINGS for host in os.environ.get(spelling, "").split(",")]
    if "*" not in map(str.strip, hosts):
        joined = ",".join(dict.fromkeys(host.strip() for host in (*hosts, *LOOPBACK) if host.strip()))
        for spelling in SPELLINGS:
            os.environ[spelling] = joined


def proxy_of(url: str) -> str | None:
    """Return the environment variable, with its value, that sends a URL through a proxy; None if none does."""
    parts = urlsplit(url)
    proxies = getproxies_environment()
    if not proxies or proxy_bypass(parts.hostname or ""):
        return None
    for scheme in (parts.scheme, "all"):
        if proxy := proxies.get(scheme):
            shown = proxy if "@" not in proxy else f"…@{proxy.rpartition('@')[2]}"  # without a password
            return f"{scheme}_proxy={shown}"
    return None
