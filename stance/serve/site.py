"""Where the pages are reached: the addresses that are ours, and what every answer says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from stance.errors import CannotServe

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types stance"
)
"""Content-Security-Policy of every page: nothing inline, nothing from elsewhere, markup through one function."""
PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The same for a picture opened by itself: it may carry its own style and nothing else."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The addresses under which the pages may be asked for.

    `origins` are as a browser sends them, the first one to print; `hosts` are theirs. `secure` is True where people
    reach them by https, so that cookies never travel otherwise.
    """

    origins: tuple[str, ...]
    hosts: frozenset[str]
    secure: bool
    cookie: str

    @property
    def origin(self) -> str:
        """The address to tell people."""
        return self.origins[0]


def loopback(host: str) -> bool:
    """Return whether only this machine reaches a host's name or number."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def local_site(port: int) -> Site:
    """Return the site that only this machine reaches.

    The port is in the cookie's name: cookies do not tell ports apart, and two queues may be open at once.
    """
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    return Site(
        origins=tuple(f"http://{host}" for host in hosts),
        hosts=frozenset(hosts),
        secure=False,
        cookie=f"stance-{port}",
    )


def public_site(origin: str) -> Site:
    """Return the site that people reach by an address such as `https://queue.example.org`.

    Raises:
        CannotServe: The address is none, or passwords would travel over the network in the clear.
    """
    parts = urlsplit(origin)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.path not in {"", "/"} or parts.query or "@" in origin:
        raise CannotServe(
            f"--origin {origin[:80]!a} is not an address", mend="Write it like https://queue.example.org."
        )
    if parts.scheme == "http" and not loopback(host):
        raise CannotServe(
            f"over {parts.scheme}, passwords would cross the network in the clear",
            mend="Give --tls-cert and --tls-key, or put a proxy with https in front and name its https:// address.",
        )
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{shown}:{port}"
    secure = parts.scheme == "https"
    return Site(
        origins=(f"{parts.scheme}://{netloc}",),
        hosts=frozenset({netloc}),
        secure=secure,
        cookie="__Host-stance" if secure else f"stance-{port or 80}",
    )
