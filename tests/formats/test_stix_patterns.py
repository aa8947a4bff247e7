"""The comparisons in STIX patterns."""

import pytest

from leerp.formats.findings import Findings
from leerp.formats.stix_patterns import find_in_pattern
from tests.formats.examples import values


def found(pattern: str) -> tuple[list[str], tuple[str, ...]]:
    """The observables and the notes of a pattern."""
    findings = Findings(name="the file")
    find_in_pattern(pattern, findings)
    return values(findings.observables), findings.notes.lines


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ipv4-addr:value = '198.51.100.7']", ["ipv4:198.51.100.7"]),
        ("[url:value='a.b' OR ipv6-addr:value == '2001:db8::1']", ["ipv6:2001:db8::1", "url:a.b"]),
        (f"[file:hashes.'SHA-256' = '{'a' * 64}' AND file:name = 'a']", ["filename:a", "sha256:" + "a" * 64]),
        ("[file:hashes.MD5 = '" + "A" * 32 + "']", ["md5:" + "a" * 32]),
        ("[file:hashes.SHA1 = '" + "b" * 40 + "']", ["sha1:" + "b" * 40]),
        ("[domain-name:value IN ('a.example', 'b.example')]", ["domain:a.example", "domain:b.example"]),
        ("[domain-name:value in('a.example')]", ["domain:a.example"]),
        (r"[windows-registry-key:key = 'HKLM\\Soft\\Run']", ["registry_key:HKLM\\Soft\\Run"]),
        (r"[file:name = 'it\'s.exe']", ["filename:it's.exe"]),
        ("[url:value = 'http://evil.example/?a=[1]']", ["url:http://evil.example/?a=[1]"]),
        ("[email-message:from_ref.value = 'spy@evil.example']", ["email:spy@evil.example"]),
        ("[network-traffic:dst_ref.value = '198.51.100.7']", ["ipv4:198.51.100.7"]),
        ("[network-traffic:dst_ref.value = 'evil.example']", ["domain:evil.example"]),
        ("[autonomous-system:number = 15139]", ["asn:AS15139"]),
        ("[mutex:name = 'x'] FOLLOWEDBY [url:value = 'a.b'] WITHIN 5 SECONDS", ["mutex:x", "url:a.b"]),
        ("([mutex:name = 'x'] AND [mutex:name = 'y']) START t'2020-01-01T00:00:00Z'", ["mutex:x", "mutex:y"]),
    ],
)
def test_equality_comparisons_become_observables(pattern: str, expected: list[str]) -> None:
    """Whatever joins them, each comparison names one observable; nothing is left to note."""
    assert found(pattern) == (expected, ())


@pytest.mark.parametrize(
    ("pattern", "note"),
    [
        ("[ipv4-addr:value != '198.51.100.7']", "1 x pattern on ipv4-addr:value: only = and IN are read"),
        ("[ipv4-addr:value NOT = '198.51.100.7']", "1 x pattern on ipv4-addr:value: only = and IN are read"),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "1 x pattern on ipv4-addr:value: only = and IN are read"),
        ("[file:name LIKE '%.exe']", "1 x pattern on file:name: only = and IN are read"),
        ("[file:name MATCHES '^a']", "1 x pattern on file:name: only = and IN are read"),
        ("[EXISTS file:name]", "1 x pattern on file:name: only = and IN are read"),
        ("[file:name IN ('a.exe', true)]", "1 x pattern on file:name: only = and IN are read"),
        ("[file:size = 4]", "1 x pattern on file:size: not mapped"),
        ("[file:hashes.SSDEEP = '3:x']", "1 x pattern on file:hashes.SSDEEP: not mapped"),
        ("[ipv4-addr:value = 'x']", "1 x pattern on ipv4-addr:value: value not valid, or a range; left out"),
        ("[file:name = 'a.exe", "1 x indicator pattern: not understood"),
        ("", "1 x indicator pattern: not understood"),
        ("rule x { condition: true }", "1 x indicator pattern: not understood"),
    ],
)
def test_what_is_no_plain_comparison_is_noted(pattern: str, note: str) -> None:
    """Nothing is refused, and nothing negated is taken for a fact."""
    assert found(pattern) == ([], (note,))
