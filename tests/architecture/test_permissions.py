"""Authorisation is complete: no service that an actor calls forgets to ask what the actor may do."""

import ast
from collections.abc import Iterator
from pathlib import Path

from provisor.services.actor import Permission, Role

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "src" / "provisor" / "services").glob("*.py"))
EDGES = [*(ROOT / "src" / "provisor" / "api").rglob("*.py"), *(ROOT / "src" / "provisor" / "console").rglob("*.py")]

PERSONS_OWN = {"own.own_profile", "own.own_attributes", "own.own_tiles", "own.change_own_password"}
"""Services that take a person instead of a permission: `own_id` refuses everybody else."""
DELEGATING = {"loading.load_once"}
"""Steps of a service that asked before it took them."""


def all_functions(path: Path) -> dict[str, ast.AsyncFunctionDef]:
    """The asynchronous functions of a module that take an actor."""
    return {
        node.name: node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef)
        and any(each.arg == "actor" for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs])
    }


def functions() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    """Every public one, with the function that asks in its place where that is a private one of the same module."""
    for path in SERVICES:
        found = all_functions(path)
        asking = {name: node for name, node in found.items() if name.startswith("_") and asks(node)}
        for name, node in found.items():
            if name.startswith("_"):
                continue
            called = [asking[ast.unparse(call.func)] for call in calls(node) if ast.unparse(call.func) in asking]
            yield f"{path.stem}.{name}", node if asks(node) or not called else called[0]


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def asks(node: ast.AST) -> bool:
    return any(ast.unparse(call.func) == "actor.require" for call in calls(node))


def is_first(node: ast.AsyncFunctionDef) -> bool:
    """Whether nothing is awaited before the actor is asked."""
    asked = min(call.lineno for call in calls(node) if ast.unparse(call.func) == "actor.require")
    waits = (ast.Await, ast.AsyncWith, ast.AsyncFor)
    return all(each.lineno > asked for each in ast.walk(node) if isinstance(each, waits))


def test_every_service_that_takes_an_actor_asks_for_a_permission() -> None:
    """A public service asks `actor.require`, or is listed here with the reason why it need not."""
    silent = {name for name, node in functions() if not asks(node)}
    assert silent == PERSONS_OWN | DELEGATING


def test_the_permission_is_asked_for_before_anything_else_happens() -> None:
    """Whoever may not learns nothing, not even whether a thing exists, and costs no query."""
    assert [name for name, node in functions() if asks(node) and not is_first(node)] == []


def test_what_is_a_persons_own_asks_who_the_person_is() -> None:
    """Each of those services begins with `own_id`, which refuses tokens and processes."""
    for name, node in functions():
        if name in PERSONS_OWN:
            assert "own_id" in {ast.unparse(call.func) for call in calls(node)}, name


def test_steps_that_do_not_ask_are_out_of_reach_of_requests() -> None:
    """The API and the console name none of the functions that rely on having been asked."""
    names = {name.partition(".")[2] for name in DELEGATING}
    for path in EDGES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
        used |= {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        assert not used & names, path


def test_every_permission_is_asked_for_somewhere_and_held_by_somebody() -> None:
    """A permission that nothing asks for, or that no role has, would be a word without a meaning."""
    text = "".join(path.read_text(encoding="utf-8") for path in SERVICES if path.stem != "actor")
    for permission in Permission:
        assert f"Permission.{permission.name}" in text
        assert any(permission in role.permissions for role in Role)
