"""Mail addresses: which are accepted, how they go on the wire, and why another is refused."""

import re

import idna

MAX_ADDRESS = 254
_PART = re.compile(r"[!#-'*+\-/0-9=?A-Z^_`a-z{|}~]+(?:\.[!#-'*+\-/0-9=?A-Z^_`a-z{|}~]+)*")


def on_the_wire(address: str) -> str:
    """`name@host` in ASCII, with other letters of the host as IDNA. Raises ValueError that says what is wrong."""
    name, at, host = address.rpartition("@")
    if any(sign in address for sign in '<>"(),;:\\') or any(sign.isspace() for sign in address):
        raise ValueError("holds brackets, quotes, blanks or commas; only name@host is an address")
    if not (name and at and host):
        raise ValueError("is not an address of the form name@host")
    if not name.isascii():
        raise ValueError("has letters before the @ that not every mail server accepts; only ASCII is allowed there")
    spec = f"{name}@{_host(host)}"
    if not all(_PART.fullmatch(part) for part in (name, spec[len(name) + 1 :])):
        raise ValueError("is not an address of the form name@host")
    if len(spec) > MAX_ADDRESS:
        raise ValueError(f"is longer than {MAX_ADDRESS} characters")
    return spec


def _host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as wrong:
        raise ValueError(f"has a host that is not an internet name ({host})") from wrong
