"""How a user writes settings: in snake_case in a program, in camelCase below a prefix in a stack file."""

import dataclasses
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic.alias_generators import to_camel

PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""What needs no brackets in a path as ``pulumi config --path`` takes it
(https://www.pulumi.com/docs/iac/concepts/config/#structured-configuration)."""

Path = tuple[str, ...]
"""Where a setting is: the names of fields in snake_case, and :class:`MapKey` for entries of maps."""


class MapKey(str):
    """A part of a path that the user chose, such as the name of a service: it is written as it is, or in brackets."""

    __slots__ = ()


@dataclass(frozen=True)
class SettingNames:
    """Turns a path, such as ``model.max_num_seqs``, into what the user wrote."""

    prefix: str = ""
    camel_case: bool = False

    def __call__(self, path: str | Sequence[str]) -> str:
        """Return the name of the setting at a path, or at one in snake_case with dots."""
        parts = path.split(".") if isinstance(path, str) else path
        return self.prefix + "".join(self._written(part) for part in parts).removeprefix(".")

    def unknown(self, path: Path) -> str:
        """Return the name of a setting that does not exist: its last part stays as it was written."""
        return self((*path[:-1], MapKey(path[-1])))

    def key(self, part: str) -> str:
        """Return the key that a part of a path has in raw settings."""
        return to_camel(part) if self.camel_case and not isinstance(part, MapKey) else str(part)

    def below(self, *path: str) -> "SettingNames":
        """Return the names of the settings below a path."""
        return dataclasses.replace(self, prefix=f"{self(path)}.")

    def _written(self, part: str) -> str:
        if isinstance(part, MapKey):
            return f".{part}" if PLAIN_KEY.fullmatch(part) else f"[{json.dumps(part, ensure_ascii=False)}]"
        return f".{self.key(part)}"


PYTHON_NAMES = SettingNames()
"""The names of a component's arguments."""

OTHER_LANGUAGES_NAMES = SettingNames(camel_case=True)
"""The names that they have outside Python, where they are called inputs."""
