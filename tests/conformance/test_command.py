"""`provisor check` as people and build servers run it: real processes, files, exit codes."""

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from tests.conformance.crooked import Passing, crooked

from provisor.cli.check import command
from provisor.cli.exits import Exit
from provisor.scimserver.auth import basic
from provisor.scimserver.testing import Peer, Rule, running

PROGRAM = str(Path(sys.executable).with_name("provisor"))


def provisor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `provisor check` to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}
    return subprocess.run(
        [PROGRAM, "check", *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_conformant_server_is_exit_code_0(peer: Peer) -> None:
    """Every step is a line on stdout, and the last line is the conclusion."""
    done = provisor(peer.url, "--auth", f"Bearer {peer.token}")
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    assert "SCIM 2.0 SPEC (scim2-spec)" in done.stdout
    assert "  ✓ 10 Create the same user again" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Conformant, with deviations from what a server should do.")
    assert peer.users() == []


def test_a_failure_is_exit_code_3_and_told_in_full(peer: Peer) -> None:
    """What was sent, what came back, what does not hold, why it has to, and what to do."""
    peer.faults.add(Rule(method="POST", path="/Users", skip=2, status=500, body='{"oops": "stack trace"}'))
    done = provisor(peer.url, "--suite", "scim2-spec", PROVISOR_CHECK_AUTH=f"Bearer {peer.token}")
    assert (done.returncode, done.stderr) == (Exit.HELD, "")
    told = done.stdout[done.stdout.index("✗ scim2-spec 10  ") :]
    for words in (
        f"POST {peer.url}/Users",
        '"userName": "Check',
        "500 Internal Server Error",
        '"oops": "stack trace"',
        "✗ the status is 409: it is 500 Internal Server Error",
        "Why    Okta SCIM 2.0 SPEC suite, step 8",
        "To do  Answer 409",
    ):
        assert words in told
    assert "Not conformant: 1 step failed." in done.stdout.splitlines()[-1]
    assert peer.token not in done.stdout


def test_everything_can_be_shown(peer: Peer) -> None:
    """With --verbose each request, answer and assertion is there, also where all is well."""
    done = provisor(peer.url, "-v", "--suite", "scim2-spec", PROVISOR_CHECK_AUTH=f"Bearer {peer.token}")
    assert done.returncode == Exit.DONE
    assert "    ✓ schemas contains urn:ietf:params:scim:api:messages:2.0:ListResponse" in done.stdout
    assert done.stdout.count("    Why    Okta SCIM 2.0 SPEC suite, step ") == 12
    assert peer.token not in done.stdout


def test_json_is_alone_on_stdout_and_progress_on_stderr(peer: Peer) -> None:
    """A program reads the one, a person follows the other."""
    done = provisor(peer.url, "--json", "--suite", "paging", PROVISOR_CHECK_AUTH=f"Bearer {peer.token}")
    document = json.loads(done.stdout)
    assert (done.returncode, document["conformant"]) == (Exit.DONE, True)
    assert [each["id"] for each in document["suites"]] == ["paging"]
    assert "✓  3 The first user alone" in done.stderr


def test_files_for_build_servers_and_people(peer: Peer, tmp_path: Path) -> None:
    """JUnit and HTML are written whatever the verdict."""
    junit, page = tmp_path / "report.xml", tmp_path / "report.html"
    peer.faults.add(Rule(path="/Groups", status=500))
    done = provisor(
        peer.url, "--suite", "groups", "--junit", str(junit), "--html", str(page), "--auth", f"Bearer {peer.token}"
    )
    assert done.returncode == Exit.HELD
    assert int(ElementTree.parse(junit).getroot().get("failures", "0")) >= 1
    assert "Not conformant" in page.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_told(peer: Peer, tmp_path: Path) -> None:
    """The name of the file and the reason."""
    done = provisor(
        peer.url, "--suite", "paging", "--html", str(tmp_path / "no" / "r.html"), "--auth", f"Bearer {peer.token}"
    )
    assert done.returncode == Exit.FAILED
    assert "r.html cannot be written: No such file or directory." in done.stderr


def test_basic_and_headers(peer: Peer) -> None:
    """A user name and a password, and a header of one's own that is a secret."""
    with running(credential=basic("ann", "correct horse")) as other:
        done = provisor(other.url, "--suite", "paging", "--json", "--header", "X-Api-Key: sesame-7",
                        PROVISOR_CHECK_BASIC="ann:correct horse")  # fmt: skip
        assert {each.header("x-api-key") for each in other.journal} == {"sesame-7"}
    assert done.returncode == Exit.DONE
    encoded = base64.b64encode(b"ann:correct horse").decode()
    for secret in ("correct horse", encoded, "sesame-7"):
        assert secret not in done.stdout + done.stderr


def test_a_header_of_ones_own_can_be_the_only_credential(peer: Peer) -> None:
    """Then a step that asks without credentials goes without it, and is refused as it has to be."""

    def by_key(passing: Passing) -> None:
        if passing.headers.get("X-Api-Key") == "sesame-7":
            passing.headers["Authorization"] = f"Bearer {peer.token}"
        else:
            passing.headers.pop("Authorization", None)

    with crooked(peer.url, request=by_key) as url:
        done = provisor(url, "--header", "X-Api-Key: sesame-7", "--suite", "scim2-spec", "--suite", "errors")
    assert done.returncode == Exit.DONE


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Name the server's base address"),
        (["example.com/scim"], "begin with http:// or https://"),
        (["https://"], "begin with http:// or https://"),
        (["https://ann:pw-secret@example.com/scim"], "Give them with --basic"),
        (["https://example.com/scim?tenant=1"], "Give the base address alone"),
        (["https://example.com/scim/v2/Users"], "Give the base address, without /Users"),
        (["https://example.com", "--suite", "nonsense"], "There is no suite 'nonsense'. There are scim2-spec, "),
        (["https://example.com", "--auth", "a", "--basic", "b:c"], "--auth or --basic, not both"),
        (["https://example.com", "--basic", "nobody"], "USER:PASSWORD"),
        (["https://example.com", "--auth", "Bearer\nx"], "line breaks"),
        (["https://example.com", "--header", "nothing"], "NAME:VALUE"),
        (["https://example.com", "--timeout", "0"], "--timeout"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_command_line_that_does_not_say_what_to_do_is_exit_code_2(arguments: list[str], says: str) -> None:
    """Nothing is sent, and the sentence says what is missing."""
    done = CliRunner().invoke(command, arguments)
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    assert says in done.stderr
    assert "pw-secret" not in done.stderr


def test_a_server_that_cannot_be_reached_is_exit_code_1() -> None:
    """The address and the reason are in the sentence."""
    done = provisor("http://127.0.0.1:1/scim/v2")
    assert (done.returncode, done.stdout) == (Exit.FAILED, "")
    assert "http://127.0.0.1:1/scim/v2 cannot be checked. Connect to 127.0.0.1:1 failed" in done.stderr


def test_refused_credentials_are_exit_code_1(peer: Peer) -> None:
    """They are the caller's to correct; the server is not judged."""
    wrong = provisor(peer.url, "--auth", "Bearer wrong-token-1")
    none = provisor(peer.url)
    assert (wrong.returncode, none.returncode) == (Exit.FAILED, Exit.FAILED)
    assert "answers 401 to the credentials given" in wrong.stderr
    assert "wrong-token-1" not in wrong.stderr
    assert "no credentials were given: --auth, --basic or PROVISOR_CHECK_AUTH" in none.stderr


def test_the_suites_are_listed() -> None:
    """Each with what it is, the version of SCIM, and how many steps it has."""
    done = provisor("--list")
    assert done.returncode == Exit.DONE
    assert "scim2-spec    Okta's published twelve steps" in done.stdout
    assert "(SCIM 1.1, 16 steps)" in done.stdout


class Answers(BaseHTTPRequestHandler):
    """Answers an empty list to everything."""

    def do_GET(self) -> None:
        body = b'{"Resources": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def unknown_authority(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server whose certificate is signed by itself; yields its address and the certificate."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/scim/v2", certificate
    server.shutdown()
    server.server_close()


def test_certificates_are_verified_unless_told_otherwise(unknown_authority: tuple[str, Path]) -> None:
    """A certificate of nobody known is refused; its authority can be trusted, or verification switched off."""
    url, certificate = unknown_authority
    refused = provisor(url)
    assert refused.returncode == Exit.FAILED
    assert "The certificate of 127.0.0.1" in refused.stderr
    assert "is not trusted" in refused.stderr
    for arguments in (["--ca-file", str(certificate)], ["--insecure"]):
        reached = provisor(url, "--suite", "scim2-spec", *arguments)
        assert reached.returncode == Exit.HELD
    assert provisor(url, "--ca-file", __file__).returncode == Exit.USAGE


def test_it_needs_no_packages_of_the_server(peer: Peer) -> None:
    """The protocol side alone can check a server: an app developer installs no database driver."""
    program = """
import sys
absent = {"alembic", "argon2", "asyncpg", "cryptography", "prometheus_client", "sqlalchemy", "structlog"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Absent())
from provisor.cli import main
main(["check", *sys.argv[1:]])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, peer.url, "--suite", "paging", "--auth", f"Bearer {peer.token}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (Exit.DONE, "")


def test_help_loads_nothing_heavy() -> None:
    """It answers at once: neither the HTTP client nor a suite is imported for it."""
    program = (
        "import sys; from provisor.cli import main; main(['check', '--help'], standalone_mode=False); "
        "print(sorted({'aiohttp', 'provisor.conformance', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_an_interrupted_run_takes_away_what_it_created(peer: Peer) -> None:
    """Ctrl-C in the middle leaves nobody behind, and says so."""
    process = subprocess.Popen(
        [PROGRAM, "check", peer.url, "--auth", f"Bearer {peer.token}", "--suite", "users", "--pause", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Create a user" in line:
            break
    assert peer.users()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == Exit.FAILED
    assert "Interrupted. What the running suite had created was taken away again." in said
    assert peer.users() == []
