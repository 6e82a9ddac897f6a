"""Nobody reads a secret: not in the state, not in what the engine says, not in its log of events."""

import base64
from pathlib import Path

from tests.engine.life import HUGGING_FACE_TOKEN, Life


def test_the_secrets_are_known(life: Life) -> None:
    """A check of the check: the token that was set, and the generated key, both also as a Secret holds them."""
    assert {HUGGING_FACE_TOKEN, base64.b64encode(HUGGING_FACE_TOKEN.encode()).decode()} < life.secrets
    assert len(life.secrets) >= 4


def test_no_secret_is_anywhere_in_plain_text(life: Life) -> None:
    files = [file for file in life.project.directory.rglob("*") if file.is_file()]
    assert {".out", ".err", ".events", ".json", ".yaml"} <= {file.suffix for file in files}
    found = [str(file) for file in files if any(secret.encode() in _read(file) for secret in life.secrets)]
    assert found == []


def _read(file: Path) -> bytes:
    """Return what a file holds; of what AWS was asked for all but its Valkey, which has to be told its token."""
    if file.name != "stand-in.jsonl":
        return file.read_bytes()
    return b"".join(line for line in file.read_bytes().splitlines(keepends=True) if b'::head-storage"' not in line)


def test_the_exported_state_holds_them_encrypted(life: Life) -> None:
    (secret, *_) = [one for one in life.state.values() if one["type"] == "kubernetes:core/v1:Secret"]
    assert secret["inputs"]["data"].keys() == {"4dabf18193072939515e22adb298388d", "ciphertext"}
