"""What is wrong with where a user lets the Ray head keep what the next one goes on from."""

import re
from collections.abc import Mapping

import pulumi

from neuronserve.components.llm_service.settings import HeadStorageKind, LlmServiceSettings
from neuronserve.settings import Rule, SettingNames, known

STORAGE, ADDRESS = "head_fault_tolerance.storage", "head_fault_tolerance.redis_address"
REDIS_ADDRESS = re.compile(r"rediss?://[^\s,@]+:(?P<port>[0-9]{1,5})")
"""With a port, which KubeRay's clean-up asks for, and of one server, as others are found from it."""
HIGHEST_PORT = 65_535

OF_REDIS = ("redis_address", "redis_username", "redis_password")


def _redis_needs_an_address(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    tolerance = settings.head_fault_tolerance
    if tolerance.storage is not HeadStorageKind.REDIS or tolerance.redis_address is not None:
        return []
    return [f"{names(STORAGE)} is Redis, and {names(ADDRESS)} is not set. Set it to redis://<host>:<port>."]


def _address_without_redis(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    tolerance = settings.head_fault_tolerance
    given = [setting for setting in OF_REDIS if getattr(tolerance, setting) is not None]
    if tolerance.storage is HeadStorageKind.REDIS or not given:
        return []
    is_set = f"is {tolerance.storage.value}" if tolerance.storage else "is not set"
    listed = ", ".join(names(("head_fault_tolerance", setting)) for setting in given)
    return [f"{names(STORAGE)} {is_set}, and {listed} would do nothing. Set it to Redis, or remove {listed}."]


def _address(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    given = settings.head_fault_tolerance.redis_address
    if given is None:
        return []
    address = known(given)
    if "@" in address:  # without saying it, which has a password perhaps
        return [
            f"{names(ADDRESS)} holds a user or a password, which would stand in the pods' definition. Put them into "
            f"{names('head_fault_tolerance.redis_username')} and {names('head_fault_tolerance.redis_password')}."
        ]
    found = REDIS_ADDRESS.fullmatch(address)
    if found and 0 < int(found["port"]) <= HIGHEST_PORT:
        return []
    return [
        f"{names(ADDRESS)} is {address!r}; it should read redis://<host>:<port>, or rediss://<host>:<port> for TLS."
    ]


def _user_without_password(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """Ray would end at its start."""
    tolerance = settings.head_fault_tolerance
    if tolerance.redis_username is None or tolerance.redis_password is not None:
        return []
    user, password = (names(("head_fault_tolerance", setting)) for setting in ("redis_username", "redis_password"))
    return [f"{user} is set, and {password} is not. Set it as well, or remove {user}."]


def _storage_twice(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    storage, spec = settings.head_fault_tolerance.storage, settings.ray_service_spec
    if storage in (None, HeadStorageKind.NONE) or isinstance(spec, pulumi.Output):
        return []
    cluster = spec.get("rayClusterConfig")
    if not isinstance(cluster, Mapping) or "gcsFaultToleranceOptions" not in cluster:
        return []
    return [
        f"{names('ray_service_spec')} has rayClusterConfig.gcsFaultToleranceOptions, and {names(STORAGE)} is "
        f"{storage.value}: the two would be mixed. Say it by {names('head_fault_tolerance')}, with storage Redis, or "
        f"set {names(STORAGE)} to None."
    ]


def storage_of_a_stack(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """Return why a program cannot have the storage that only a stack makes."""
    if settings.head_fault_tolerance.storage is not HeadStorageKind.ELASTI_CACHE:
        return []
    return [
        f"{names(STORAGE)} is ElastiCache, which a stack makes. In a program make a HeadStorage, set {names(STORAGE)} "
        f"to Redis, and {names(ADDRESS)} and {names('head_fault_tolerance.redis_password')} to its outputs."
    ]


HEAD_STORAGE_RULES: tuple[Rule, ...] = (
    _redis_needs_an_address,
    _address_without_redis,
    _address,
    _user_without_password,
    _storage_twice,
)
