"""The arguments of components: read like any settings, and what is an Output once more when it is known."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import pulumi
from pydantic.fields import FieldInfo

from neuronserve.settings.base import Secret, Settings, SettingsType, mark, nested
from neuronserve.settings.errors import InvalidSettingsError
from neuronserve.settings.names import OTHER_LANGUAGES_NAMES, PYTHON_NAMES, MapKey, SettingNames
from neuronserve.settings.reading import read, shown
from neuronserve.settings.rules import Rule, below, broken_rules

Place = tuple[str | int, ...]
"""Where a value is in raw settings: keys of mappings, and places in lists."""


class Inputs(dict[str, Any]):
    """The arguments of a component as languages other than Python write them: with names in camelCase."""


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
        args: its arguments, None for none; or settings, which were read and checked before. Messages have the names of
            the language that wrote them.
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

    names = OTHER_LANGUAGES_NAMES if isinstance(args, Inputs) else PYTHON_NAMES
    by_key = {names.key(setting): value for setting, value in defaults.items()}

    def checked(raw: dict[str, Any]) -> SettingsType:
        given = {key: value for key, value in raw.items() if value is not None or key not in by_key}
        reading = read(settings_type, {**by_key, **given}, names)
        problems = [*reading.problems, *broken_rules(rules, reading.settings, names, reading.unusable)]
        for setting, rules_of_entry in (entry_rules or {}).items():
            for key, entry in getattr(reading.settings, setting).items():
                path = (setting, MapKey(key))
                problems += broken_rules(rules_of_entry, entry, names.below(*path), below(reading.unusable, *path))
        if problems:
            raise InvalidSettingsError(of, problems)
        return reading.settings.written_as(names)

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
    held = nested(_field(settings_type, place))
    return place[: 2 if held.is_map else 1] if held else place


def _field(settings_type: type[Settings], place: Place) -> FieldInfo | None:
    """Return the field of the argument that a place is in."""
    return settings_type.model_fields.get(_name(settings_type, place[0]))


def _name(settings_type: type[Settings], key: str | int) -> str:
    """Return the name of the field that has a key, which is that or its alias."""
    aliases = (name for name, field in settings_type.model_fields.items() if field.alias == key)
    return next(aliases, str(key))


def _checked_when_known(
    settings: SettingsType, raw: dict[str, Any], places: list[Place], checked: Check[SettingsType], of: str
) -> SettingsType:
    """Return settings in which the Outputs at some places are checked as soon as they are known."""
    outputs, names = [pulumi.Output.from_input(_at(raw, place)) for place in places], settings.as_written

    async def check(values: list[Any]) -> list[Any]:
        known = raw
        for place, value in zip(places, values, strict=True):
            known = _replaced(known, place, value)
        try:
            right = checked(known)
        except InvalidSettingsError as error:
            for place, output in zip(places, outputs, strict=True):
                if await output.is_secret() and not _is_marked_secret(type(settings), place):
                    raise InvalidSettingsError(of, [_unsaid(place, names)]).raised_later(names) from None
            raise error.raised_later(names) from None
        return [_at(right, place) for place in places]

    together: pulumi.Output[list[Any]] = pulumi.Output.all(*outputs).apply(check)
    for number, (place, given) in enumerate(zip(places, outputs, strict=True)):
        settings = _replaced(settings, place, _as_secret_as(given, together[number]))
    return settings


def _as_secret_as(given: pulumi.Output[Any], checked: pulumi.Output[Any]) -> pulumi.Output[Any]:
    """Return what a given Output came to, which is no secret because one that it was checked with is."""
    return pulumi.Output.all(given, pulumi.Output.unsecret(checked)).apply(lambda both: both[1])


def _is_marked_secret(settings_type: type[Settings], place: Place) -> bool:
    """Return whether what is at a place is never shown, as a setting at it or around it is marked."""
    field = _field(settings_type, place)
    if mark(field, Secret):
        return True
    held = nested(field)
    below = place[2:] if held and held.is_map else place[1:]
    return _is_marked_secret(held.settings_type, below) if held and below else False


def _unsaid(place: Place, names: SettingNames) -> str:
    setting = names([MapKey(str(part)) for part in place])
    unsecret = "pulumi.Output.unsecret" if names == PYTHON_NAMES else "unsecret"
    return (
        f"{setting} is a secret, and its value cannot be used. Nothing more is said of it here: {unsecret} "
        "makes a value of it that is no secret, and whose message says more."
    )


def _at(value: Any, place: Place) -> Any:
    for part in place:
        value = getattr(value, _name(type(value), part)) if isinstance(value, Settings) else value[part]
    return value


def _replaced(value: Any, place: Place, new: Any) -> Any:
    """Return a copy with something else at a place."""
    if not place:
        return new
    part, rest = place[0], place[1:]
    if isinstance(value, Settings):
        name = _name(type(value), part)
        return value.changed(**{name: _replaced(getattr(value, name), rest, new)})
    copied = value.copy()
    copied[part] = _replaced(value[part], rest, new)
    return copied
