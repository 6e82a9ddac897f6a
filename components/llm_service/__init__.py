"""LLMs behind an OpenAI-compatible API, and the namespaces that they are in."""
