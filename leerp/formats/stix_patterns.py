"""STIX patterns: the plain comparisons in them (`type:path = 'value'` and `IN (…)`), as far as they name observables.

No evaluator: what an AND, a FOLLOWEDBY or a window of time adds is not kept, for an observable is a fact to compare
and not a rule to run. Nothing is refused; what is not understood is counted in the notes.
Source: STIX 2.1 §9 (patterning).
"""

import re
from itertools import takewhile
from typing import NamedTuple

from leerp.formats.findings import Findings
from leerp.observables import ObservableKind

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<typed>[htb]'[^']*')
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<path>[a-z][a-z0-9-]*:(?:[A-Za-z0-9_-]+|'[^']*')(?:\.(?:[A-Za-z0-9_-]+|'[^']*')|\[(?:\d+|\*)\])*)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_]+)
    | (?P<operator>!=|<>|==|=|<=|>=|<|>)
    | (?P<mark>[\[\](),])
    """,
    re.VERBOSE | re.DOTALL,
)

_HASHES = {
    "MD5": ObservableKind.MD5,
    "SHA1": ObservableKind.SHA1,
    "SHA256": ObservableKind.SHA256,
    "SHA512": ObservableKind.SHA512,
}

_PATHS = {
    "ipv4-addr:value": ObservableKind.IPV4,
    "ipv6-addr:value": ObservableKind.IPV6,
    "domain-name:value": ObservableKind.DOMAIN,
    "domain-name:resolves_to_refs[*].value": ObservableKind.IPV4,
    "url:value": ObservableKind.URL,
    "email-addr:value": ObservableKind.EMAIL,
    "email-message:from_ref.value": ObservableKind.EMAIL,
    "email-message:sender_ref.value": ObservableKind.EMAIL,
    "file:name": ObservableKind.FILENAME,
    "process:image_ref.name": ObservableKind.FILENAME,
    "mutex:name": ObservableKind.MUTEX,
    "windows-registry-key:key": ObservableKind.REGISTRY_KEY,
    "autonomous-system:number": ObservableKind.ASN,
}

_HASH_PATH = re.compile(r"(?:file|artifact|process):(?:image_ref\.|content_ref\.)?hashes\.([A-Za-z0-9-]+)")
_TRAFFIC = ("network-traffic:dst_ref.value", "network-traffic:src_ref.value")


class _Token(NamedTuple):
    kind: str
    text: str


def hash_kind(algorithm: str) -> ObservableKind | None:
    """The kind of a hash by its name in STIX 2.1 (`SHA-256`) or 2.0 (`SHA256`); None for one that is not kept."""
    return _HASHES.get(algorithm.upper().replace("-", ""))


def find_in_pattern(pattern: str, findings: Findings) -> None:
    """Add what a pattern compares for equality to the findings, and count the rest."""
    tokens = _tokens(pattern)
    if tokens is None or not any(token.kind == "path" for token in tokens):
        findings.notes.count("indicator pattern", "not understood")
        return
    for at, token in enumerate(tokens):
        if token.kind == "path":
            path = token.text.replace("'", "")
            literals = _literals(tokens, at + 1)
            if literals is None:
                findings.notes.count(f"pattern on {path}", "only = and IN are read")
            for literal in literals or ():
                _find(path, literal, findings)


def _tokens(pattern: str) -> list[_Token] | None:
    """The tokens without white space; None at the first thing that is no token."""
    tokens = []
    at = 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup is None:
            return None
        if match.lastgroup != "space":
            tokens.append(_Token(match.lastgroup, match[0]))
        at = match.end()
    return tokens


def _literals(tokens: list[_Token], at: int) -> list[str] | None:
    """What a path is compared with, from the token after it; None when it is not compared for equality."""
    operator = tokens[at].text.upper() if at < len(tokens) else ""
    if operator in ("=", "=="):
        return _literal(tokens[at + 1 : at + 2])
    if operator == "IN" and tokens[at + 1 : at + 2] == [_Token("mark", "(")]:
        listed = [tokens[i] for i in takewhile(lambda i: _is_listed(tokens[i]), range(at + 2, len(tokens)))]
        closed = tokens[at + 2 + len(listed) : at + 3 + len(listed)] == [_Token("mark", ")")]
        return _literal([token for token in listed if token.kind != "mark"]) if closed else None
    return None


def _is_listed(token: _Token) -> bool:
    return token.kind in ("string", "number") or token.text == ","


def _literal(tokens: list[_Token]) -> list[str] | None:
    if not tokens or any(token.kind not in ("string", "number") for token in tokens):
        return None
    return [re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "string" else token.text for token in tokens]


def _find(path: str, literal: str, findings: Findings) -> None:
    named_hash = _HASH_PATH.fullmatch(path)
    kind = hash_kind(named_hash[1]) if named_hash else _PATHS.get(path)
    if path in _TRAFFIC:  # an address or a name, whichever it was resolved to
        kind = ObservableKind.IPV4 if re.fullmatch(r"[\d.]+|[^.]*:.*", literal) else ObservableKind.DOMAIN
    if kind:
        findings.add(kind, literal, written_as=f"pattern on {path}")
    else:
        findings.notes.count(f"pattern on {path}", "not mapped")
