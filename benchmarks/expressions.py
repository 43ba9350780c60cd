"""What one expression costs, and one person's projection: pure, without database and network.

Prints a JSON line for each of eight typical expressions (microseconds for one evaluation, the least of several rounds),
their mean, and a line for the projection of one person: through the mapping that comes with Provisor and through one of
15 attributes of which 8 are expressions, alone and with canonical form and digest.

    python -m benchmarks.expressions [--rounds 9]
"""

from __future__ import annotations

import argparse
import json
import statistics
import timeit
from collections.abc import Callable
from typing import Any

from benchmarks.creates import MAPPED
from provisor.apps.compiling import kinds_of
from provisor.apps.defaults import shipped_mappings, username_expression
from provisor.apps.mapping import Direction, Mapping
from provisor.apps.projection import MappingSet, compile_mappings, digest
from provisor.apps.schemas import SCIM_SCHEMA
from provisor.directory.people import person_attributes

PERSON = {
    "login": "user4711@example.com", "email": "user4711@example.com", "firstName": "First4711",
    "lastName": "Last4711", "title": "Engineer", "department": "Research", "employeeNumber": "4711", "city": "Oslo",
    "countryCode": "NO", "mobilePhone": None, "secondEmail": None,
}  # fmt: skip
TIMES = 5_000
SCHEMA = {each.name: each for each in SCIM_SCHEMA}


def microseconds(act: Callable[[], Any], rounds: int) -> float:
    """Of one call; the least of the rounds, which the machine's other work disturbed least."""
    return round(min(timeit.repeat(act, number=TIMES, repeat=rounds)) / TIMES * 1e6, 2)


def compiled(mappings: tuple[Mapping, ...]) -> MappingSet:
    kinds = kinds_of(person_attributes([]))
    return compile_mappings(mappings, username_expression("${source.login}"), SCHEMA, kinds, {"app": {}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    sets = {"shipped": compiled(shipped_mappings(Direction.TO_APP, SCHEMA)), "mapped": compiled(MAPPED)}
    person = sets["mapped"].person(PERSON)
    costs = []
    for each in sets["mapped"].worked_out:
        costs.append(microseconds(lambda each=each: each.value(person), rounds))  # type: ignore[misc]
        print(json.dumps({"expression": each.expression, "us": costs[-1]}), flush=True)
    print(json.dumps({"expressions": len(costs), "mean_us": round(statistics.mean(costs), 2)}), flush=True)
    for name, mappings in sets.items():
        alone = microseconds(lambda mappings=mappings: mappings.project(PERSON), rounds)  # type: ignore[misc]
        whole = microseconds(lambda mappings=mappings: digest(mappings.project(PERSON).canonical()), rounds)  # type: ignore[misc]
        print(json.dumps({"project": name, "us": alone, "with_digest_us": whole}), flush=True)


if __name__ == "__main__":
    main()
