"""The line to a robot: to the address that was checked, no further, and not for long.

A coordinator writes the address, so it must not lead into the networks of the server: the name is
looked up once, every address found must be a public one, and the call goes to just that address.
No redirect is followed and no proxy asked.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from portal.robots.formats import Trouble, Verdict, failed, judged

PATIENCE = 5  # seconds for the connection, and for any one piece of the answer
ALL_PATIENCE = 15  # seconds for all of it
LONGEST_ANSWER = 64 * 1024  # bytes
LONGEST_ADDRESS = 500  # characters
LONGEST_HOST = 253  # characters; no name is longer
HTTPS = 443
NAT64 = ipaddress.ip_network("64:ff9b::/96")
OTHER_WRAPPINGS = tuple(
    map(ipaddress.ip_network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10"))
)  # of older days or of one's own network; Python takes them for public ones
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class NoLineError(Exception):
    """There is no line to the robot, and nothing has been sent."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class Target(NamedTuple):
    """An address in its parts; `path` holds the key and is for nobody to see."""

    host: str
    port: int
    path: str
    encrypted: bool


def maybe_target(address: str, *, nearby: bool) -> Target | None:
    """The parts of an address that may be called; None for any other.

    `nearby` is for tests and for relays inside an installation: plain HTTP, any port, any network.
    """
    is_text = address.isascii() and address.isprintable() and " " not in address
    if not is_text or len(address) > LONGEST_ADDRESS:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.fragment:
        return None
    if not nearby and (parts.scheme != "https" or port not in {None, HTTPS}):
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    found = _target(parts, port)
    if len(found.host) > LONGEST_HOST or (not nearby and _is_forbidden_literal(found.host)):
        return None
    return found


def _target(parts: SplitResult, port: int | None) -> Target:
    encrypted = parts.scheme == "https"
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return Target(parts.hostname or "", port or (HTTPS if encrypted else 80), path, encrypted)


def _is_forbidden_literal(host: str) -> bool:
    try:
        return is_forbidden(host)
    except ValueError:
        return False


def is_forbidden(ip: str) -> bool:
    """Whether a numeric address is none of the public Internet, in whatever wrapping."""
    found: IPAddress = ipaddress.ip_address(ip.partition("%")[0])
    if any(found in network for network in OTHER_WRAPPINGS):
        return True
    inner = _wrapped(found)
    return any(not one.is_global or one.is_multicast for one in (found, *inner))


def _wrapped(ip: IPAddress) -> list[IPAddress]:
    """The addresses of the older kind that one of the newer kind leads to."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found: list[IPAddress | None] = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def post(target: Target, body: bytes, *, nearby: bool) -> Verdict:
    """Say something to a robot; what became of it."""
    try:
        wire = _connect(target, nearby=nearby)
    except NoLineError as none:
        return failed(none.trouble)
    watchdog = threading.Timer(ALL_PATIENCE, _cut, [wire])
    watchdog.daemon = True
    watchdog.start()
    try:
        return judged(*_exchange(target, wire, body))
    except (OSError, ValueError, http.client.HTTPException):
        return failed(Trouble.SILENT)
    finally:
        watchdog.cancel()
        wire.close()


def _connect(target: Target, *, nearby: bool) -> socket.socket:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoLineError(Trouble.NO_HOST) from None
    ips = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not nearby and any(map(is_forbidden, ips)):
        raise NoLineError(Trouble.FORBIDDEN)
    try:
        wire = socket.create_connection((ips[0], target.port), timeout=PATIENCE)
    except OSError:
        raise NoLineError(Trouble.UNREACHABLE) from None
    if not target.encrypted:
        return wire
    try:
        return ssl.create_default_context().wrap_socket(wire, server_hostname=target.host)
    except (OSError, ValueError):  # a certificate for somebody else, too
        wire.close()
        raise NoLineError(Trouble.UNREACHABLE) from None


def _exchange(target: Target, wire: socket.socket, body: bytes) -> tuple[int, bytes]:
    kind = http.client.HTTPSConnection if target.encrypted else http.client.HTTPConnection
    line = kind(target.host, target.port)
    line.sock = wire
    line.request(
        "POST", target.path, body, {"Content-Type": "application/json", "Connection": "close"}
    )
    answer = line.getresponse()
    return answer.status, answer.read(LONGEST_ANSWER)


def _cut(wire: socket.socket) -> None:
    """End a call that drags on: whoever reads from it reads no further."""
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        wire.close()
