"""Addresses that never leave this machine."""

from ipaddress import ip_address


def on_this_machine(host: str) -> bool:
    """Whether a host, by name or number, is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
