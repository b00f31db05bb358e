"""Settings as text and tables → values of the right type within their bounds, or the reasons.

Works on any dataclass of dataclasses. Refuses to know what a setting means.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True)
class Setting:
    """One setting: `key` is "section.name", `kinds` the types and words that it takes."""

    key: str
    kinds: tuple[Any, ...]
    bounds: tuple[float, float] | None

    def says(self) -> str:
        """What it takes, in words."""
        span = "" if self.bounds is None else " from {:g} to {:g}".format(*self.bounds)
        return " or ".join(_name(k) + (span if k in (int, float) else "") for k in self.kinds)


def settings_of(kind: type) -> dict[str, Setting]:
    """Every setting of a configuration by its key."""
    found = {}
    for section, part in get_type_hints(kind).items():
        types = get_type_hints(part)
        for each in fields(part):
            key = f"{section}.{each.name}"
            found[key] = Setting(key, _kinds(types[each.name]), _bounds(each))
    return found


def taken(setting: Setting, value: object) -> object:
    """The value as the setting's type. Raises `ValueError` with the reason."""
    if not any(_fits(value, kind) for kind in setting.kinds):
        raise ValueError(f"{setting.key} is {value!r}; it takes {setting.says()}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and setting.bounds is not None:
        low, high = setting.bounds
        if not low <= value <= high:  # type: ignore[operator]
            raise ValueError(f"{setting.key} is {value}; it takes {setting.says()}")
    if number and int not in setting.kinds:
        return float(value)  # type: ignore[arg-type]
    return value


def heard(setting: Setting, text: str) -> object:
    """What a command line's text means for this setting.

    >>> lr = Setting("optim.lr", (float, NoneType), None)
    >>> heard(lr, "3e-4"), heard(lr, "none"), heard(lr, "fast")
    (0.0003, None, 'fast')
    """
    if text.lower() in ("none", "") and NoneType in setting.kinds:
        return None
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = {"true": True, "false": False}.get(text.lower(), text)
    return value if any(_fits(value, kind) for kind in setting.kinds) else text


def nearest(name: str, names: Iterable[str]) -> str:
    """The valid name that was probably meant, as a sentence's end; "" where none is near.

    >>> nearest("lr", ["optim.lr", "data.batch"]), nearest("optim.lrr", ["optim.lr"])
    ('; did you mean optim.lr?', '; did you mean optim.lr?')
    """
    valid = list(names)
    last = name.rpartition(".")[2]
    tails = [key for key in valid if key.rpartition(".")[2] == last]
    near = tails or get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """{"optim": {"lr": 1}} → {"optim.lr": 1}. What stands outside a section keeps its name."""
    values: dict[str, Any] = {}
    for name, value in table.items():
        inside = value.items() if isinstance(value, Mapping) else ()
        values.update({f"{name}.{key}": one for key, one in inside} or {name: value})
    return {key: value for key, value in values.items() if value != {}}


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """A union → its types; a Literal → its words."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(kind for part in get_args(annotation) for kind in _kinds(part)) or (annotation,)


def _bounds(each: Field[Any]) -> tuple[float, float] | None:
    bounds: tuple[float, float] | None = each.metadata.get("bounds")
    return bounds


def _fits(value: object, kind: Any) -> bool:
    if not isinstance(kind, type):
        return value == kind and type(value) is type(kind)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind


def _name(kind: Any) -> str:
    if kind is NoneType:
        return "none"
    return NAMES[kind] if isinstance(kind, type) else f'"{kind}"'
