"""What a million tokens cost on a machine that is paid by the hour."""

SECONDS_PER_HOUR = 3600
MILLION = 1_000_000


def usd_per_million_tokens(usd_per_hour: float, tokens_per_s: float) -> float | None:
    """Return US dollars for a million tokens, of a machine that makes so many at every moment; None if it makes none.

    Args:
        usd_per_hour: what the machine costs.
        tokens_per_s: what it makes.
    """
    return usd_per_hour * MILLION / (tokens_per_s * SECONDS_PER_HOUR) if tokens_per_s > 0 else None
