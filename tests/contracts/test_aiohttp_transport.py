"""The transport against real sockets: what each way of failing is called, and what is never reached."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.peers.raw_server import DROP, SILENCE, Reply, Then, closed_port, raw_server, reply

from provisor.connector import ConfigError, PeerError, PeerNonconformant, PeerUnavailable, Request
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport

LOOPBACK = EgressPolicy(parse_allow_list("127.0.0.0/8, ::1"))
WRITES = ["POST", "PUT", "PATCH"]


@asynccontextmanager
async def transport(egress: EgressPolicy = LOOPBACK, **options: float | int) -> AsyncIterator[AiohttpTransport]:
    opened = AiohttpTransport(egress, **options)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        await opened.close()


def request(url: str, method: str = "GET", **headers: str) -> Request:
    return Request(method, url, {"Accept": "application/scim+json", **headers}, None if method == "GET" else b"{}")


async def failure(url: str, method: str = "GET", **options: float | int) -> PeerError:
    """The error of one exchange."""
    async with transport(**options) as http:
        with pytest.raises(PeerError) as caught:
            await http.send(request(url, method))
    return caught.value


async def test_an_answer_comes_back_with_status_headers_and_body() -> None:
    """The port's response is what the peer sent; names are looked up in lower case."""
    created = reply(201, b'{"id":"1"}', Content_Type="application/scim+json", ETag='W/"1"')
    async with raw_server([created]) as server, transport() as http:
        answer = await http.send(request(server.url, "POST"))
    assert (answer.status, answer.body) == (201, b'{"id":"1"}')
    assert (answer.headers["content-type"], answer.headers["etag"]) == ("application/scim+json", 'W/"1"')


async def test_one_connection_serves_request_after_request() -> None:
    """Keep-alive is used."""
    async with raw_server([reply(200, b"{}")] * 3) as server, transport() as http:
        for _ in range(3):
            await http.send(request(server.url))
        assert server.connections == 1


async def test_a_compressed_answer_is_unpacked() -> None:
    """`Accept-Encoding: gzip` is offered, so it has to be understood."""
    packed = reply(200, gzip.compress(b'{"a":1}'), Content_Encoding="gzip")
    async with raw_server([packed]) as server, transport() as http:
        assert (await http.send(request(server.url))).body == b'{"a":1}'


async def test_a_connection_that_the_peer_closes_is_not_used_again() -> None:
    """`Connection: close` costs a connection per request and nothing else, for writes too."""
    last = Reply(reply(200, b"{}", Connection="close").raw, Then.CLOSE)
    async with raw_server([last] * 3) as server, transport() as http:
        for _ in range(3):
            assert (await http.send(request(server.url, "POST"))).status == 200
        assert server.connections == 3


async def test_the_url_is_sent_as_it_is() -> None:
    """Percent-encoding is the connector's; nothing decodes or normalises it on the way."""
    async with raw_server([reply(200, b"{}")]) as server, transport() as http:
        await http.send(request(f"{server.url}/a%2Fb/%7Euser?filter=x%20eq%20%22%40%22&startIndex=1"))
    assert server.received[0].target == "/scim/v2/a%2Fb/%7Euser?filter=x%20eq%20%22%40%22&startIndex=1"


async def test_a_redirect_is_an_answer() -> None:
    """It is not followed, wherever it points."""
    elsewhere = reply(302, b"", Location="http://169.254.169.254/latest")
    async with raw_server([elsewhere]) as server, transport() as http:
        assert (await http.send(request(server.url))).status == 302
    assert len(server.received) == 1


async def test_cookies_are_not_kept() -> None:
    """An app that sets one does not get it back."""
    script = [reply(200, b"{}", Set_Cookie="session=1; Path=/"), reply(200, b"{}")]
    async with raw_server(script) as server, transport() as http:
        await http.send(request(server.url))
        await http.send(request(server.url))
    assert "Cookie" not in server.received[1].headers


@pytest.mark.parametrize("method", ["GET", *WRITES])
async def test_a_refused_connection_is_surely_not_done(method: str) -> None:
    """Nobody listens: nothing was sent."""
    async with closed_port() as url:
        error = await failure(url, method)
    assert isinstance(error, PeerUnavailable)
    assert not error.unknown
    assert "Connect to 127.0.0.1:" in error.message


async def test_a_name_that_does_not_resolve_is_surely_not_done() -> None:
    """The sentence names the host."""
    error = await failure("https://no-such-app.invalid/scim/v2", "POST")
    assert isinstance(error, PeerUnavailable)
    assert not error.unknown
    assert "no-such-app.invalid" in error.message


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_write_whose_connection_breaks_is_unknown_and_sent_once(method: str) -> None:
    """The peer read the request and hung up: only what is idempotent may be repeated by the transport."""
    async with raw_server([DROP, reply(200, b"{}")]) as server:
        error = await failure(server.url, method)
    assert isinstance(error, PeerUnavailable)
    assert error.unknown
    assert len(server.received) == 1


async def test_a_put_whose_app_dies_over_it_is_unknown_although_the_second_one_cannot_connect() -> None:
    """The app may have carried the first one out: that nobody listens for the second says nothing of it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(reply(200, b"{}").raw)
        await reader.readuntil(b"{}")
        server.close()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/scim/v2"
    async with server, transport() as http:
        await http.send(request(url, "PUT"))
        with pytest.raises(PeerUnavailable, match="Connect to") as caught:
            await http.send(request(url, "PUT"))
    assert caught.value.unknown


@pytest.mark.parametrize("method", ["GET", *WRITES])
async def test_silence_is_unknown(method: str) -> None:
    """The answer does not come within the setting; the sentence says which."""
    async with raw_server([SILENCE]) as server:
        error = await failure(server.url, method, timeout=0.05)
    assert isinstance(error, PeerUnavailable)
    assert error.unknown
    assert "0.05 seconds" in error.message


async def test_an_answer_that_breaks_off_is_unknown() -> None:
    """Half a body is no answer."""
    half = Reply(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"id":', Then.CLOSE)
    async with raw_server([half]) as server:
        error = await failure(server.url, "POST")
    assert isinstance(error, PeerUnavailable)
    assert error.unknown


async def test_an_answer_that_falls_silent_in_the_middle_is_unknown() -> None:
    """Silence counts within the body too."""
    half = Reply(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"id":', Then.HANG)
    async with raw_server([half]) as server:
        error = await failure(server.url, "POST", timeout=0.05)
    assert isinstance(error, PeerUnavailable)
    assert error.unknown


async def test_an_answer_that_drips_is_given_up() -> None:
    """Never silent, never done: ten times the silence that is borne, and no more."""
    endless = Reply(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n", Then.DRIP)
    async with raw_server([endless]) as server:
        error = await failure(server.url, "POST", timeout=0.03)
    assert isinstance(error, PeerUnavailable)
    assert error.unknown


async def test_a_read_whose_connection_breaks_is_asked_again_once() -> None:
    """Reading twice changes nothing; a kept connection that has just died costs no failure."""
    async with raw_server([DROP, reply(200, b"{}")]) as server, transport() as http:
        assert (await http.send(request(server.url))).status == 200
    async with raw_server([DROP, DROP]) as server:
        assert isinstance(await failure(server.url), PeerUnavailable)
    assert len(server.received) == 2


async def test_an_error_page_that_breaks_off_keeps_its_status() -> None:
    """The status decides first: a 502 is a 502 without its page."""
    half = Reply(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>", Then.CLOSE)
    async with raw_server([half]) as server, transport() as http:
        answer = await http.send(request(server.url))
    assert (answer.status, answer.body) == (502, b"")


async def test_something_other_than_http_is_unknown() -> None:
    """A mail server answers too, but not to us."""
    async with raw_server([Reply(b"220 mail.example ESMTP\r\n\r\n", Then.CLOSE)]) as server:
        error = await failure(server.url, "POST")
    assert isinstance(error, PeerUnavailable)
    assert error.unknown
    assert "not HTTP" in error.message


async def test_an_endless_success_is_nonconformant() -> None:
    """More than the limit is not read into memory."""
    async with raw_server([reply(200, b"x" * 5000)]) as server:
        error = await failure(server.url, max_response_bytes=1000)
    assert isinstance(error, PeerNonconformant)
    assert "1000 bytes" in error.message


async def test_a_compressed_bomb_is_measured_unpacked() -> None:
    """The limit holds for what memory would have to hold."""
    bomb = gzip.compress(b"0" * 10_000_000)
    async with raw_server([reply(200, bomb, Content_Encoding="gzip")]) as server:
        error = await failure(server.url, max_response_bytes=100_000)
    assert isinstance(error, PeerNonconformant)


async def test_an_endless_error_page_is_cut() -> None:
    """For an error the beginning is enough."""
    async with raw_server([reply(500, b"x" * 5000)]) as server, transport(max_response_bytes=1000) as http:
        assert (await http.send(request(server.url))).body == b"x" * 1000


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
async def test_loopback_is_refused_by_default_however_it_is_written(host: str) -> None:
    """Names and odd spellings are judged by the address they lead to; nothing arrives there."""
    async with raw_server([reply(200, b"{}")]) as server:
        async with transport(EgressPolicy()) as http:
            with pytest.raises(ConfigError, match=r"PROVISOR_EGRESS_ALLOW=|is not an address"):
                await http.send(request(f"https://{host}:{server.port}/scim/v2"))
        assert server.connections == 0


async def test_an_allowed_name_is_reached() -> None:
    """`localhost` works when its network is on the list, even if it has another address that is not."""
    only_v4 = EgressPolicy(parse_allow_list("127.0.0.0/8"))
    async with raw_server([reply(200, b"{}")]) as server, transport(only_v4) as http:
        answer = await http.send(request(f"http://localhost:{server.port}/scim/v2"))
    assert answer.status == 200


async def test_an_allowed_name_that_is_down_is_unavailable_and_no_matter_of_settings() -> None:
    """A second, refused address of the name does not turn an outage into a configuration error."""
    async with closed_port() as url, transport(EgressPolicy(parse_allow_list("127.0.0.0/8"))) as http:
        with pytest.raises(PeerUnavailable):
            await http.send(request(url.replace("127.0.0.1", "localhost")))


async def test_the_metadata_service_is_refused_even_when_it_is_allowed() -> None:
    """No setting opens link-local addresses."""
    async with transport(EgressPolicy(parse_allow_list("0.0.0.0/0"))) as http:
        with pytest.raises(ConfigError, match="link-local or metadata"):
            await http.send(request("http://169.254.169.254/latest/meta-data"))


async def test_plain_http_to_a_public_address_is_refused() -> None:
    """Credentials do not travel readable unless the operator says so."""
    async with transport() as http:
        with pytest.raises(ConfigError, match=r"Plain http to 8\.8\.8\.8"):
            await http.send(request("http://8.8.8.8/scim/v2"))


async def test_a_certificate_that_nobody_vouches_for_is_a_matter_of_settings(tmp_path: Path) -> None:
    """The request is not sent and the sentence says what to do."""
    async with tls_server(tmp_path) as url:
        error = await failure(url, "POST")
    assert isinstance(error, ConfigError)
    assert "not trusted" in error.message


async def test_no_error_shows_the_credentials() -> None:
    """Neither the sentence nor its representation nor a chained cause holds the Authorization header."""
    script = [Reply(b"gibberish\r\n\r\n", Then.CLOSE), DROP, SILENCE]
    async with raw_server(script) as server, transport(timeout=0.05) as http:
        for _ in range(3):
            with pytest.raises(PeerUnavailable) as caught:
                await http.send(request(server.url, "POST", Authorization="Bearer s3cret-token"))
            assert "s3cret" not in repr(caught.value) + str(caught.value)
            assert caught.value.__cause__ is None
    assert "s3cret" not in repr(request(server.url, Authorization="Bearer s3cret-token"))


@asynccontextmanager
async def tls_server(directory: Path) -> AsyncIterator[str]:
    """A TLS endpoint with a certificate it has signed itself."""
    import asyncio
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pem = directory / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/scim/v2"
    finally:
        server.close()
        await server.wait_closed()
