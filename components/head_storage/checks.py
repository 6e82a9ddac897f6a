"""What is wrong with the settings of the storage of Ray heads, found before anything is made."""

import re

from neuronserve.components.head_storage.settings import HeadStorageOptions
from neuronserve.settings import Rule, SettingNames, known

NODE_TYPE = re.compile(r"cache\.[a-z][a-z0-9-]*\.[a-z0-9-]+")

_TIME = r"(sun|mon|tue|wed|thu|fri|sat):([01][0-9]|2[0-3]):[0-5][0-9]"
WEEKLY_WINDOW = re.compile(f"{_TIME}-{_TIME}")
"""https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/maintenance-window.html"""


def _node_type(options: HeadStorageOptions, names: SettingNames) -> list[str]:
    node_type = known(options.node_type)
    if NODE_TYPE.fullmatch(node_type):
        return []
    return [
        f"{names('node_type')} is {node_type!r}; it should be a node type of ElastiCache, which starts with cache., "
        "such as cache.t4g.micro."
    ]


def _maintenance_window(options: HeadStorageOptions, names: SettingNames) -> list[str]:
    window = known(options.maintenance_window)
    if WEEKLY_WINDOW.fullmatch(window):
        return []
    return [
        f"{names('maintenance_window')} is {window!r}; it should be an hour or more of the week in UTC, in lower case, "
        "such as sun:08:00-sun:09:00."
    ]


OPTION_RULES: tuple[Rule, ...] = (_node_type, _maintenance_window)
