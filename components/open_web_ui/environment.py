"""The environment variables of Open WebUI: the settings with which it starts.

https://docs.openwebui.com/reference/env-configuration
"""

import json
from collections.abc import Mapping

import pulumi

DATA_DIRECTORY = "/app/backend/data"
"""Where the image keeps the database, uploads and caches: the volume."""

SCRATCH_DIRECTORY = "/tmp"  # noqa: S108 (a volume of its own)

URLS_VARIABLE, KEYS_VARIABLE, SECRET_KEY_VARIABLE = "OPENAI_API_BASE_URLS", "OPENAI_API_KEYS", "WEBUI_SECRET_KEY"
SEPARATOR = ";"
"""What stands between URLs, and between their keys, in the same order."""

LONGEST_ANSWER_S = 3600
"""After which it gives an answer up, however many tokens still come. Its own 300 s are those of some 5000 tokens of
Llama-3-8B on an inf2.8xlarge."""

OWN: Mapping[str, str] = {
    "ENV": "prod",
    "DATA_DIR": DATA_DIRECTORY,
    # As it starts it puts its icons and styles together, which it would do in the image, and that is read-only.
    "STATIC_DIR": f"{SCRATCH_DIRECTORY}/static",
    "HOME": SCRATCH_DIRECTORY,
    # What stands here counts, and not what it once kept in its database: a second service, or another key, would never
    # be seen.
    "ENABLE_PERSISTENT_CONFIG": "false",
    # The first who signs up is the administrator, whatever this says; nobody does after that, nor after a restart.
    "WEBUI_AUTH": "true",
    "ENABLE_SIGNUP": "false",
    "ENABLE_OPENAI_API": "true",
    "ENABLE_OLLAMA_API": "false",
    # Telemetry of its own, of Chroma's, and of packages that ask for the other two names.
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    # No updates are looked for, and no models for embeddings or speech are downloaded.
    "OFFLINE_MODE": "true",
    "HF_HUB_OFFLINE": "1",
}
"""What is the component's to say: who gets in, what leaves, and where things are."""

ADJUSTABLE: Mapping[str, str] = {
    # Files go into the prompt as a whole: for a search in them there is no model. An engine that is no local one keeps
    # it from looking for such a model as it starts.
    "BYPASS_EMBEDDING_AND_RETRIEVAL": "true",
    "RAG_EMBEDDING_ENGINE": "openai",
    "AIOHTTP_CLIENT_TIMEOUT": str(LONGEST_ANSWER_S),
    # With each question it would send what its own tools are: a long prompt, which a model without tool calls refuses.
    "DEFAULT_MODEL_METADATA": json.dumps({"capabilities": {"builtin_tools": False}}),
    # Of each answer it would ask the model for tags and for what could be asked next, and while somebody types for how
    # it may go on: places in the queue of a few, for what nobody has asked for.
    "ENABLE_TAGS_GENERATION": "false",
    "ENABLE_FOLLOW_UP_GENERATION": "false",
    "ENABLE_AUTOCOMPLETE_GENERATION": "false",
    # An entry in the list of models that is no model.
    "ENABLE_EVALUATION_ARENA_MODELS": "false",
    "ENABLE_COMMUNITY_SHARING": "false",
}
"""What a user may see otherwise."""

OWNED = {*OWN, URLS_VARIABLE, KEYS_VARIABLE, SECRET_KEY_VARIABLE, "OPENAI_API_BASE_URL", "OPENAI_API_KEY"}
"""Variables that are no user's to set."""


def environment(urls: pulumi.Input[str], further: Mapping[str, str]) -> dict[str, pulumi.Input[str]]:
    """Return the variables, but for those that are secret.

    Args:
        urls: base URLs of OpenAI-compatible APIs, with :data:`SEPARATOR` between them.
        further: what the user sets.
    """
    return {**OWN, **ADJUSTABLE, URLS_VARIABLE: urls, **further}
