"""The reference page of peer policies, from the fields and the dialects that ship."""

from __future__ import annotations

from collections.abc import Iterator

from provisor.apps.catalogue import Dialect
from provisor.connector import PolicyField, PolicyValue
from provisor.wiring_scim import build_scim_connector


def policies_page(made: str) -> Iterator[str]:
    yield from ("# Peer policies", "", made, "")
    yield "How a SCIM server is spoken to and what is put up with from it. An app has its entry's dialect;"
    yield "[an administrator](../how-to/connect-an-app.md#when-an-app-needs-to-be-treated-differently)"
    yield "sets single fields, or adopts what a probe found."
    shipped = {dialect: build_scim_connector.fields(dialect.value) for dialect in Dialect}
    yield from ("", "| field | takes | what it means |", "|---|---|---|")
    yield from (f"| `{each.name}` | {takes(each)} | {each.about} |" for each in shipped[Dialect.PATCH])
    yield from ("", "As the dialects ship:", "")
    yield f"| field | {' | '.join(shipped)} |"
    yield "|---|" + "---|" * len(shipped)
    for fields in zip(*shipped.values(), strict=True):
        if len({str(each.value) for each in fields}) > 1:
            yield f"| `{fields[0].name}` | {' | '.join(word(each.value) for each in fields)} |"
    yield from ("", "The other fields are the same in all of them:", "", "| field | value |", "|---|---|")
    for fields in zip(*shipped.values(), strict=True):
        if len({str(each.value) for each in fields}) == 1:
            yield f"| `{fields[0].name}` | {word(fields[0].value)} |"


def takes(field: PolicyField) -> str:
    return ", ".join(f"`{each}`" for each in field.choices) or field.kind.value.lower()


def word(value: PolicyValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(f"`{each}`" for each in value) if isinstance(value, list) else str(value)
