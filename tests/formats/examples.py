"""Files as others write them, made up here; and the desk's way of reading them."""

import json
from datetime import UTC, datetime
from typing import Any

from leerp.contributions import Contribution, Told
from leerp.errors import BadInputError
from leerp.formats.contributed import read_contributed
from leerp.formats.reading import read_report
from leerp.observables import Observable
from leerp.reports import Report

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UUID = "11111111-2222-4333-8444-555555555555"
SOURCES = {"CERT Ruritania": "cert-ruritania", "cert-ruritania": "cert-ruritania", "ec3": "ec3"}


def source_of(name: str | None) -> str:
    """The directory of the tests: knows CERT Ruritania by name, and nobody's mail address."""
    if name is None or name not in SOURCES:
        raise BadInputError(f"the source {name!r} is not registered; name it with --source")
    return SOURCES[name]


def report(content: bytes | object, *, source: str | None = "ec3", **how: Any) -> Report:
    """Read bytes, or a value written as JSON, as the desk does."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    settings = {"name": "report.json", "format": None, "source_of": source_of, "received_at": NOW, **how}
    return read_report(raw, source=source, **settings)


def contribution(content: bytes | object, *, name: str = "contribution.json") -> Contribution:
    """Read a contribution of CERT Ruritania."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_contributed(raw, name=name, contributor="cert-ruritania", received_at=NOW, told=Told()).contribution


def refusal(content: bytes | object, **how: Any) -> str:
    """The sentence with which a file is refused as a report."""
    try:
        return f"not refused: {report(content, **how)!r}"
    except BadInputError as error:
        return error.sentence


def values(observables: tuple[Observable, ...]) -> list[str]:
    """Observables as `kind:value`."""
    return [f"{one.kind}:{one.value}" for one in observables]


def attribute(kind: str, value: str, **more: Any) -> dict[str, Any]:
    """A MISP attribute."""
    return {"type": kind, "value": value, "category": "Network activity", "to_ids": True, **more}


def tags(*names: str) -> list[dict[str, Any]]:
    """MISP tags."""
    return [{"name": name, "colour": "#ffffff", "exportable": True} for name in names]


def misp(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A MISP event as MISP exports it."""
    event = {
        "uuid": UUID,
        "info": "Wiper at two port operators",
        "date": "2026-11-21",
        "timestamp": "1795255200",
        "publish_timestamp": "1795258800",
        "published": True,
        "threat_level_id": "1",
        "distribution": "1",
        "Orgc": {"name": "CERT Ruritania", "uuid": UUID},
        "Attribute": list(attributes),
        "Object": [],
        "Tag": tags("tlp:amber"),
        "Galaxy": [],
        **more,
    }
    return {"Event": event}


def stix(*objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A STIX 2.1 bundle."""
    return {"type": "bundle", "id": f"bundle--{UUID}", "objects": list(objects), **more}


def sdo(kind: str, serial: int = 1, **properties: Any) -> dict[str, Any]:
    """A STIX object of any type, with the common properties."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": stix_id(kind, serial),
        "created": "2026-11-21T09:00:00.000Z",
        "modified": "2026-11-21T10:00:00.000Z",
        **properties,
    }


def sco(kind: str, serial: int = 1, **properties: Any) -> dict[str, Any]:
    """A STIX cyber-observable."""
    return {"type": kind, "spec_version": "2.1", "id": stix_id(kind, serial), **properties}


def stix_id(kind: str, number: int = 1) -> str:
    """The id that `sdo` and `sco` give."""
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


def own(**more: Any) -> dict[str, Any]:
    """A report in leerp's own form."""
    return {
        "source": "cert-ruritania",
        "id": "R-17",
        "reported_at": "2026-11-22T10:00:00+00:00",
        "title": "Encrypted file servers",
        "observables": [{"kind": "domain", "value": "Evil.Example"}, {"kind": "ipv4", "value": "198.51.100.7"}],
        **more,
    }


def own_contribution(**more: Any) -> dict[str, Any]:
    """A contribution in leerp's own form."""
    return {
        "contributor": "cert-ruritania",
        "id": "C-4",
        "contributed_at": "2026-11-22T10:00:00+00:00",
        "title": "Logs of the mail gateway",
        "observables": [{"kind": "email", "value": "Spy@Evil.Example"}],
        **more,
    }


def mail(*, header: str = "", body: str = "", subject: str = "Outage", sender: str = "desk@cert.example") -> bytes:
    """A mail as a mail program saves it."""
    lines = [f"From: CERT <{sender}>", f"Subject: {subject}", "MIME-Version: 1.0", *header.splitlines()]
    return "\r\n".join([*lines, "", *body.splitlines()]).encode()
