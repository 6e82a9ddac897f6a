"""Measuring a server that speaks OpenAI's API: the load, its arithmetic, results that LLMPerf's readers can read."""
