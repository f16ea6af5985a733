"""TLS in front of a database that has none: certificates of the test's own, and a door that speaks Postgres's start."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])  # SSLRequest
_GSS = bytes([0, 0, 0, 8, 4, 210, 22, 48])


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key behind it in one file; `<name>.crt` has no key."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(own, own, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = made.public_bytes(serialization.Encoding.PEM)
    (folder / f"{name}.crt").write_bytes(shown)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    both = folder / f"{name}.pem"
    both.write_bytes(shown + secret)
    return both


@contextlib.contextmanager
def door(certificates: Sequence[Path], port: int) -> Iterator[tuple[int, list[str]]]:
    """A port that offers TLS and hands on to `port` what it hears; and how each connection began, `tls` or `plain`.

    The first connection is shown the first certificate, and so on; those that come after all the last one.
    """
    contexts = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in certificates]
    for context, certificate in zip(contexts, certificates, strict=True):
        context.load_cert_chain(certificate)
    listener, seen = socket.create_server(("127.0.0.1", 0)), list[str]()

    def serve() -> None:
        for n in itertools.count():
            try:
                client, _ = listener.accept()
            except OSError:
                return  # closed
            context = contexts[min(n, len(contexts) - 1)]
            threading.Thread(target=_hand_on, args=(client, context, port, seen), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.close()


def _hand_on(client: socket.socket, context: ssl.SSLContext, port: int, seen: list[str]) -> None:
    with contextlib.suppress(OSError), client:
        first = client.recv(8)
        if first == _GSS:
            client.sendall(b"N")
            first = client.recv(8)
        secure = first == _REQUEST
        seen.append("tls" if secure else "plain")
        if secure:
            client.sendall(b"S")
            client = context.wrap_socket(client, server_side=True)
        with socket.create_connection(("127.0.0.1", port)) as server:
            if not secure:
                server.sendall(first)
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
