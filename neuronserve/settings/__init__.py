"""How raw settings, of a program or of a stack file, become typed values or messages."""

from neuronserve.settings.base import Required, Secret, Settings
from neuronserve.settings.errors import InvalidSettingsError
from neuronserve.settings.names import PYTHON_NAMES, MapKey, Path, SettingNames
from neuronserve.settings.reading import read, read_arguments
from neuronserve.settings.rules import Rule, below, broken_rules
from neuronserve.settings.types import Json, Later, MaybeEmpty, Number, OneOrMore, Text, WholeNumber

__all__ = [
    "PYTHON_NAMES",
    "InvalidSettingsError",
    "Json",
    "Later",
    "MapKey",
    "MaybeEmpty",
    "Number",
    "OneOrMore",
    "Path",
    "Required",
    "Rule",
    "Secret",
    "SettingNames",
    "Settings",
    "Text",
    "WholeNumber",
    "below",
    "broken_rules",
    "read",
    "read_arguments",
]
