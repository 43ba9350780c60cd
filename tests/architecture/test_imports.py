"""Who may import whom: the contracts of `.importlinter`, and what must not be loaded to answer quickly."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_point_down() -> None:
    """The layers, the two sides and the pure core import only what their contracts allow."""
    checked = run_python(
        "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["users", "load", "--help"], ["scim-server", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Help answers at once, because no server, client or database library is imported for it."""
    program = (
        "import sys; from provisor.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print(sorted({'aiohttp', 'alembic', 'asyncpg', 'sqlalchemy', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    shown = run_python("-c", program, *arguments)
    assert shown.stdout.splitlines()[-1] == "[]", shown.stderr


def test_the_protocol_side_needs_no_server_packages() -> None:
    """The SCIM kernel, the reference server and the connectors load without the product side's dependencies."""
    program = (
        "import sys; import provisor.scim, provisor.connector, provisor.connectors.scim, provisor.connectors.http, "
        "provisor.scimserver.serving; "
        "print(sorted({'alembic', 'argon2', 'asyncpg', 'cryptography', 'prometheus_client', 'sqlalchemy', 'structlog'} "
        "& set(sys.modules)))"
    )
    shown = run_python("-c", program)
    assert shown.stdout.strip() == "[]", shown.stderr
