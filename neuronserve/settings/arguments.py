"""The arguments of components: read like any settings, and what is an Output once more when it is known."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import pulumi

from neuronserve.settings.base import Secret, Settings, SettingsType, mark, nested
from neuronserve.settings.errors import InvalidSettingsError
from neuronserve.settings.names import PYTHON_NAMES, MapKey
from neuronserve.settings.reading import read, shown
from neuronserve.settings.rules import Rule, below, broken_rules

Place = tuple[str | int, ...]
"""Where a value is in raw settings: keys of mappings, and places in lists."""

Check = Callable[[dict[str, Any]], SettingsType]
"""From raw settings to checked ones."""


def read_arguments(
    settings_type: type[SettingsType],
    args: Mapping[str, Any] | Settings | None,
    *rules: Rule,
    of: str,
    defaults: Mapping[str, Any] | None = None,
    entry_rules: Mapping[str, Iterable[Rule]] | None = None,
) -> SettingsType:
    """Return the settings that a component's arguments come to; settings are what they are.

    An Output among the arguments is in the settings as one that fails, with the message that a plain value would have
    got, when it comes to what is wrong; one that comes to None is as if unset.

    Args:
        settings_type: the component's settings class.
        args: its arguments, None for none; or settings, which were read and checked before.
        rules: what the settings have to keep.
        of: whose arguments they are, such as ``Network main``, for the message.
        defaults: values, by setting, for what is not set and has a default that the component alone knows, its name.
        entry_rules: what each entry of a map of settings has to keep, by the setting that is the map.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """
    defaults = defaults or {}
    if isinstance(args, settings_type):
        return args.changed(**{setting: value for setting, value in defaults.items() if getattr(args, setting) is None})
    if args is not None and not isinstance(args, Mapping):
        raise InvalidSettingsError(of, [f"its arguments are {shown(args)}; they should be a mapping."])

    def checked(raw: dict[str, Any]) -> SettingsType:
        given = {setting: value for setting, value in raw.items() if value is not None or setting not in defaults}
        reading = read(settings_type, {**defaults, **given}, PYTHON_NAMES)
        problems = [*reading.problems, *broken_rules(rules, reading.settings, PYTHON_NAMES, reading.unusable)]
        for setting, rules_of_entry in (entry_rules or {}).items():
            for key, entry in getattr(reading.settings, setting).items():
                path = (setting, MapKey(key))
                problems += broken_rules(
                    rules_of_entry, entry, PYTHON_NAMES.below(*path), below(reading.unusable, *path)
                )
        if problems:
            raise InvalidSettingsError(of, problems)
        return reading.settings

    raw = _with_outputs(args or {})
    settings = checked(raw)
    groups: dict[Place, list[Place]] = {}
    for place in _outputs(raw):
        groups.setdefault(_group(settings_type, place), []).append(place)
    for places in groups.values():
        settings = _checked_when_known(settings, raw, places, checked, of)
    return settings


def _with_outputs(value: Any) -> Any:
    """Return raw values, copied as far as they are looked into, with an Output for each awaitable."""
    match value:
        case pulumi.Output():
            return value
        case Awaitable():
            return pulumi.Output.from_input(value)
        case Mapping():
            return {str(key): _with_outputs(item) for key, item in value.items()}
        case list() | tuple():
            return [_with_outputs(item) for item in value]
        case _:
            return value


def _outputs(value: Any, place: Place = ()) -> Iterator[Place]:
    match value:
        case pulumi.Output():
            yield place
        case dict():
            for key, item in value.items():
                yield from _outputs(item, (*place, key))
        case list():
            for number, item in enumerate(value):
                yield from _outputs(item, (*place, number))


def _group(settings_type: type[Settings], place: Place) -> Place:
    """Return what Outputs have in common that are checked together: an argument that has settings of its own.

    Of what belongs together, as name and size of a model do, rules need to know all. Other Outputs are checked each by
    itself, so that none comes to depend on what another one is made from.
    """
    held = nested(settings_type.model_fields.get(str(place[0])))
    return place[: 2 if held.is_map else 1] if held else place


def _checked_when_known(
    settings: SettingsType, raw: dict[str, Any], places: list[Place], checked: Check[SettingsType], of: str
) -> SettingsType:
    """Return settings in which the Outputs at some places are checked as soon as they are known."""
    outputs = [pulumi.Output.from_input(_at(raw, place)) for place in places]

    async def check(values: list[Any]) -> list[Any]:
        known = raw
        for place, value in zip(places, values, strict=True):
            known = _replaced(known, place, value)
        try:
            right = checked(known)
        except InvalidSettingsError as error:
            for place, output in zip(places, outputs, strict=True):
                if await output.is_secret() and not mark(type(settings).model_fields[str(place[0])], Secret):
                    raise _failure(of, [_unsaid(place)]) from None
            raise _failure(of, error.problems) from None
        return [_at(right, place) for place in places]

    together: pulumi.Output[list[Any]] = pulumi.Output.all(*outputs).apply(check)
    for number, place in enumerate(places):
        settings = _replaced(settings, place, together[number])
    return settings


def _unsaid(place: Place) -> str:
    setting = PYTHON_NAMES([MapKey(str(part)) for part in place])
    return (
        f"{setting} is a secret, and its value cannot be used. Nothing more is said of it here: pulumi.Output.unsecret "
        "makes a value of it that is no secret, and whose message says more."
    )


def _failure(of: str, problems: list[str]) -> pulumi.RunError:
    """Return what ends a program from inside an ``apply``, where the SDK wraps every ValueError."""
    return pulumi.RunError(str(InvalidSettingsError(of, problems)))


def _at(value: Any, place: Place) -> Any:
    for part in place:
        value = getattr(value, str(part)) if isinstance(value, Settings) else value[part]
    return value


def _replaced(value: Any, place: Place, new: Any) -> Any:
    """Return a copy with something else at a place."""
    if not place:
        return new
    part, rest = place[0], place[1:]
    if isinstance(value, Settings):
        return value.changed(**{str(part): _replaced(getattr(value, str(part)), rest, new)})
    copied = value.copy()
    copied[part] = _replaced(value[part], rest, new)
    return copied
