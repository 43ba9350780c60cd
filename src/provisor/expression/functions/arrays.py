"""`Arrays.*`: a comma-separated text is taken wherever an array is."""

from __future__ import annotations

from collections.abc import Iterator

from provisor.expression.functions.signature import ANY, ARRAY, BOOLEAN, INTEGER, TEXT, Function
from provisor.expression.values import Value, as_array, as_integer, as_text, bounded, bounded_array, same


def add(array: Value, value: Value) -> tuple[Value, ...]:
    return bounded_array((*as_array(array), value))


def remove(array: Value, value: Value) -> tuple[Value, ...]:
    return tuple(item for item in as_array(array) if not same(item, value))


def clear(array: Value) -> tuple[Value, ...]:
    return ()


def get(array: Value, position: Value) -> Value:
    items, at = as_array(array), as_integer(position, "The position")
    return items[at] if 0 <= at < len(items) else None


def flatten(*values: Value) -> tuple[Value, ...]:
    return bounded_array(tuple(_flat(values)))


def _flat(values: Value) -> Iterator[Value]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        elif isinstance(value, str) and "," in value:
            yield from as_array(value)
        else:
            yield value


def contains(array: Value, value: Value) -> bool:
    return any(same(item, value) for item in as_array(array))


def size(array: Value) -> int:
    return len(as_array(array))


def is_empty(array: Value) -> bool:
    return not as_array(array)


def to_csv(array: Value) -> str:
    return bounded(array if isinstance(array, str) else ",".join(map(as_text, as_array(array))))


FUNCTIONS = (
    Function(
        "Arrays.add",
        (ARRAY, ANY),
        ARRAY,
        "With the value at the end.",
        add,
        (("Arrays.add({10,20,30},40)", [10, 20, 30, 40]),),
    ),
    Function(
        "Arrays.remove",
        (ARRAY, ANY),
        ARRAY,
        "Without the value.",
        remove,
        (("Arrays.remove({10,20,30},20)", [10, 30]),),
    ),
    Function("Arrays.clear", (ARRAY,), ARRAY, "An empty array.", clear, (("Arrays.clear({10,20,30})", []),)),
    Function(
        "Arrays.get",
        (ARRAY, INTEGER),
        ANY,
        "The element at this place, from 0; null beyond the end.",
        get,
        (("Arrays.get({0,1,2},0)", 0), ("Arrays.get({0,1,2},9)", None)),
    ),
    Function(
        "Arrays.flatten",
        (),
        ARRAY,
        "One array of all elements.",
        flatten,
        (
            ("Arrays.flatten(10,{20,30},40)", [10, 20, 30, 40]),
            ("Arrays.flatten('10, 20, 30, 40')", ["10", "20", "30", "40"]),
        ),
        rest=(ANY,),
    ),
    Function(
        "Arrays.contains",
        (ARRAY, ANY),
        BOOLEAN,
        "Whether the value is an element.",
        contains,
        (("Arrays.contains({10,20,30},10)", True), ("Arrays.contains({10,20,30},50)", False)),
    ),
    Function(
        "Arrays.size",
        (ARRAY,),
        INTEGER,
        "How many elements; 0 for null.",
        size,
        (("Arrays.size({10,20,30})", 3), ("Arrays.size(NULL)", 0)),
    ),
    Function(
        "Arrays.isEmpty",
        (ARRAY,),
        BOOLEAN,
        "Whether it has none; null has none.",
        is_empty,
        (("Arrays.isEmpty({10,20})", False), ("Arrays.isEmpty(NULL)", True)),
    ),
    Function(
        "Arrays.toCsvString",
        (ARRAY,),
        TEXT,
        "The elements with commas between them, as they are.",
        to_csv,
        (('Arrays.toCsvString({"This","is"," a ","test"})', "This,is, a ,test"),),
    ),
)
