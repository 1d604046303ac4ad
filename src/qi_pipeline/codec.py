"""Frozen data to plain JSON and back, checked by the types of the dataclasses.

Readings cross the border of a child process and stay in the database for years, so what comes back is
checked: an unknown key, a missing one or a wrong type is a :class:`CodecError`, never a half-filled object.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar, get_args, get_origin

from qi_pipeline.model import Json

T = TypeVar("T")


class CodecError(ValueError):
    """JSON that does not have the shape of the dataclass it should become."""


def to_json(value: object) -> Json:
    """Plain JSON of a dataclass, mapping, sequence or scalar; fields at their default are kept."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CodecError(f"{type(value).__name__} can't be written as JSON")


def from_json(cls: type[T], data: object) -> T:
    """An instance of the dataclass ``cls`` from plain JSON; raises :class:`CodecError`."""
    built: T = _build(cls, data, cls.__name__)
    return built


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(hint: Any, data: object, where: str) -> Any:  # noqa: ANN401 - the one place where JSON meets types
    origin = get_origin(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build_dataclass(hint, data, where)
    if origin in (types.UnionType, typing.Union):
        return _build_union(hint, data, where)
    if origin is typing.Literal:
        if data not in get_args(hint):
            raise CodecError(f"{where}: {data!r} is not one of {get_args(hint)}")
        return data
    if origin is tuple:
        return _build_tuple(hint, data, where)
    if origin is list:
        if not isinstance(data, list):
            raise CodecError(f"{where}: a list is needed")
        return [_build(get_args(hint)[0], item, where) for item in data]
    if origin is dict:
        if not isinstance(data, dict):
            raise CodecError(f"{where}: an object is needed")
        return {str(key): _build(get_args(hint)[1], item, f"{where}.{key}") for key, item in data.items()}
    if isinstance(hint, typing.ForwardRef) or hint is Json:
        return data
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if isinstance(hint, type) and type(data) is hint:
        return data
    raise CodecError(f"{where}: {type(data).__name__} where {hint} is needed")


def _build_dataclass(cls: type, data: object, where: str) -> object:
    if not isinstance(data, dict):
        raise CodecError(f"{where}: an object is needed")
    hints = _hints(cls)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise CodecError(f"{where}: unknown keys {unknown}")
    given = {key: _build(hints[key], item, f"{where}.{key}") for key, item in data.items()}
    try:
        return cls(**given)
    except TypeError as error:
        raise CodecError(f"{where}: {error}") from None


def _build_union(hint: Any, data: object, where: str) -> Any:  # noqa: ANN401
    options = get_args(hint)
    if typing.ForwardRef("Json") in options or hint == Json:
        return data
    for option in options:
        if option is type(None):
            if data is None:
                return None
            continue
        try:
            return _build(option, data, where)
        except CodecError:
            continue
    raise CodecError(f"{where}: {type(data).__name__} where {hint} is needed")


def _build_tuple(hint: Any, data: object, where: str) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(data, list | tuple):
        raise CodecError(f"{where}: a list is needed")
    kinds = get_args(hint)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_build(kinds[0], item, where) for item in data)
    if len(kinds) != len(data):
        raise CodecError(f"{where}: {len(kinds)} items are needed, not {len(data)}")
    return tuple(_build(kind, item, where) for kind, item in zip(kinds, data, strict=True))
