"""What a form sent: texts by name, files, and what its fields held when the page was made.

Fields called `was:NAME` hold what the visitor saw in `NAME`; a service compares them with what is there now, so that
the second of two who save the same form is told what the first one changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData, UploadFile

from provisor.services.errors import ChangedMeanwhile, Difference, Invalid

WAS = "was:"
LONGEST = 100_000
"""Characters of one field; profiles allow less, and say so better."""


class FormRefused(Exception):
    """The form cannot be read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Form:
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: FormData) -> Form:
        values: dict[str, list[str]] = {}
        files: dict[str, UploadFile] = {}
        for name, value in sent.multi_items():
            if isinstance(value, UploadFile):
                files[name] = value
                continue
            if "\x00" in value:
                raise FormRefused(f"The field “{name}” holds the character U+0000, which text cannot hold.")
            if len(value) > LONGEST:
                raise FormRefused(f"The field “{name}” holds {len(value)} characters; at most {LONGEST} are taken.")
            # Browsers send CRLF for line ends in a text area, whatever was typed.
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
        return cls(values, files)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """The field's text without blanks around it; empty when it was not sent."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """The field's text as it was typed: for secrets."""
        found = self.values.get(name)
        return found[0] if found else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field: ticked boxes, chosen rows."""
        return list(self.values.get(name, ()))

    def ticked(self, name: str) -> bool:
        return name in self.values

    def seen(self) -> dict[str, str]:
        """What the fields held when the visitor was given the form."""
        return {name.removeprefix(WAS): texts[0] for name, texts in self.values.items() if name.startswith(WAS)}


def problems_by_field(refusal: Invalid) -> dict[str, str]:
    """What a service says of values, as sentences by the last part of their path: the name of the form's field."""
    return {
        each.path.rpartition(".")[2]: f"{each.message[:1].upper()}{each.message[1:].rstrip('.')}."
        for each in refusal.diagnostics
    }


def in_words(changed: ChangedMeanwhile, subject: str, labels: Mapping[str, str]) -> ChangedMeanwhile:
    """The same with the form's own labels; a ticked box was on or off."""
    words = {"on": "on", "": "off or empty"}
    return ChangedMeanwhile(
        subject,
        [
            Difference(labels.get(each.name, each.name), words.get(each.seen, each.seen), words.get(each.now, each.now))
            for each in changed.changes
        ],
    )
