"""Where a request may go: the attack of an address that makes the centre call itself, or what only it can reach."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from yarl import URL

from notifications.destinations import Exemption, Kind, Rules, UnfitDestinationError, kind_of, parsed
from notifications.outgoing import GuardedConnector, trusted
from tests.notifications.webhook_server import Names, webhook_server

CLOSED = Rules()

LEADS_ASTRAY = {
    "0.0.0.0": Kind.UNSPECIFIED,  # noqa: S104 - an attack
    "0.1.2.3": Kind.UNSPECIFIED,
    "127.0.0.1": Kind.LOOPBACK,
    "127.255.255.254": Kind.LOOPBACK,
    "10.0.0.1": Kind.PRIVATE,
    "172.16.0.1": Kind.PRIVATE,
    "172.31.255.255": Kind.PRIVATE,
    "192.168.1.1": Kind.PRIVATE,
    "100.64.0.1": Kind.PRIVATE,
    "169.254.0.1": Kind.LINK_LOCAL,
    "169.254.169.254": Kind.METADATA,
    "169.254.170.2": Kind.METADATA,
    "100.100.100.200": Kind.METADATA,
    "168.63.129.16": Kind.METADATA,
    "192.0.0.192": Kind.METADATA,
    "192.0.0.1": Kind.RESERVED,
    "192.0.2.1": Kind.RESERVED,
    "198.18.0.1": Kind.RESERVED,
    "198.51.100.7": Kind.RESERVED,
    "203.0.113.7": Kind.RESERVED,
    "192.88.99.1": Kind.RESERVED,
    "224.0.0.1": Kind.MULTICAST,
    "239.255.255.255": Kind.MULTICAST,
    "240.0.0.1": Kind.RESERVED,
    "255.255.255.255": Kind.RESERVED,
    "::": Kind.UNSPECIFIED,
    "::1": Kind.LOOPBACK,
    "fe80::1": Kind.LINK_LOCAL,
    "fec0::1": Kind.RESERVED,
    "fc00::1": Kind.PRIVATE,
    "fd12:3456::1": Kind.PRIVATE,
    "fd00:ec2::254": Kind.METADATA,
    "fd20:ce::254": Kind.METADATA,
    "ff02::1": Kind.MULTICAST,
    "2001:db8::1": Kind.RESERVED,
    "3fff::1": Kind.RESERVED,
    "2001::1": Kind.RESERVED,
    "2002:7f00:1::": Kind.RESERVED,
    "100::1": Kind.RESERVED,
    "::7f00:1": Kind.RESERVED,
    "::ffff:127.0.0.1": Kind.LOOPBACK,
    "::ffff:10.0.0.1": Kind.PRIVATE,
    "::ffff:169.254.169.254": Kind.METADATA,
    "64:ff9b::127.0.0.1": Kind.LOOPBACK,
    "64:ff9b::10.0.0.1": Kind.PRIVATE,
    "64:ff9b::a9fe:a9fe": Kind.METADATA,
    "64:ff9b:1::10.0.0.1": Kind.RESERVED,
}
OPEN = ("1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808")


def written(address: str) -> str:
    """An address of the net as a web address."""
    return f"https://[{address}]/hook" if ":" in address else f"https://{address}/hook"


async def asked_for(url: str, rules: Rules, names: Names) -> int:
    """The status of a request."""
    connector = GuardedConnector(rules, trust=trusted(None), names=names)
    async with aiohttp.ClientSession(connector=connector) as client, client.post(URL(url, encoded=True)) as response:
        return response.status


@pytest.mark.parametrize(("address", "kind"), LEADS_ASTRAY.items())
def test_a_number_that_leads_astray_is_refused(address: str, kind: Kind) -> None:
    """Whatever is not a server's in the public net is named for what it is."""
    assert kind_of(ip_address(address)) is kind
    wrong = CLOSED.fault(written(address))
    assert wrong is not None
    assert wrong.startswith(f"leads to {kind.value} (")


@pytest.mark.parametrize("address", LEADS_ASTRAY)
async def test_a_name_that_leads_astray_is_refused(address: str) -> None:
    """The connection is refused by what the name leads to; no connection is tried."""
    names = Names((address,))
    assert CLOSED.fault("https://hooks.example.org/x") is None
    with pytest.raises(UnfitDestinationError, match="leads to"):
        await asked_for("https://hooks.example.org/x", CLOSED, names)
    assert names.asked == ["hooks.example.org"]


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_open(address: str) -> None:
    """Ordinary servers, also through a translator from IPv6, and next to the closed ranges."""
    assert CLOSED.fault(written(address)) is None
    assert CLOSED.refusal("hooks.example.org", 443, ip_address(address)) is None


async def test_one_address_astray_refuses_the_name() -> None:
    """A name that leads to a public and to a private address is refused as a whole, and so is a zone."""
    for answer in (("1.1.1.1", "10.0.0.1"), ("fe80::1%lo",), ("1.1.1.1", "no address")):
        with pytest.raises(UnfitDestinationError):
            await asked_for("https://hooks.example.org/x", CLOSED, Names(answer))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://hooks.example.org/x", "https"),
        ("ftp://hooks.example.org/x", "https"),
        ("HTTPS://hooks.example.org/x", "https"),
        (" https://hooks.example.org/", "https"),
        ("//hooks.example.org/x", "https"),
        ("https:hooks.example.org", "https"),
        ("https://", "plain"),
        ("https:///x", "plain"),
        ("https://user@hooks.example.org/", "user"),
        ("https://hooks.example.org@127.0.0.1/", "user"),
        ("https://hooks.example.org:443@127.0.0.1/", "user"),
        ("https://127.0.0.1#@hooks.example.org/", "plain"),
        ("https://127.0.0.1\\@hooks.example.org/", "user"),
        ("https://hooks.example.org\\.evil.example/", "plain"),
        ("https://hooks.example.org/x#part", "plain"),
        ("https://hooks.example.org/x y", "plain"),
        ("https://hooks.example.org/%zz", "plain"),
        ("https://hooks.example.org/\r\nX: y", "plain"),
        ("https://hooks.example.org\n", "plain"),
        ("https://hooks.example.org:0/", "plain"),
        ("https://hooks.example.org:/", "plain"),
        ("https://hooks.example.org:65536/", "plain"),
        ("https://hooks.example.org:0443/", "plain"),
        ("https://hooks.example.org:80/", "port 80"),
        ("https://hooks.example.org:8443/", "port 8443"),
        ("https://1.1.1.1:22/", "port 22"),
        ("https://2130706433/", "unusual"),
        ("https://0x7f000001/", "unusual"),
        ("https://0x7f.0.0.1/", "unusual"),
        ("https://0177.0.0.1/", "unusual"),
        ("https://127.1/", "unusual"),
        ("https://127.0.0.01/", "unusual"),
        ("https://1.1.1.256/", "unusual"),
        ("https://hooks.example.0x1/", "unusual"),
        ("https://127.0.0.1./", "host name"),
        ("https://hooks.example.org./", "host name"),
        ("https://hooks..example.org/", "host name"),
        ("https://-hooks.example.org/", "host name"),
        ("https://" + "a" * 64 + ".example.org/", "host name"),
        ("https://localhost/", "without a dot"),
        ("https://intranet/", "without a dot"),
        ("https://hooks.exämple.org/", "xn--"),
        ("https://①②⑦.⓪.⓪.①/", "xn--"),
        ("https://127。0。0。1/", "xn--"),
        ("https://[::1%25lo]/", "plain"),
        ("https://[fe80::1%lo]/", "plain"),
        ("https://[::ffff:7f00:1]/", "leads to this machine"),
        ("https://[1::2::3]/", "brackets"),
        ("https://[v1.x]/", "plain"),
        ("", "https"),
    ],
)
def test_a_spelling_that_two_programs_could_read_differently_is_refused(address: str, words: str) -> None:
    """Users, numbers in disguise, zones, dots at the end and everything beyond the plain form are refused, in words."""
    wrong = CLOSED.fault(address)
    assert wrong is not None
    assert words in wrong


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://hooks.example.org", "https://hooks.example.org/"),
        ("https://Hooks.Example.ORG:443/A?b=C%20d", "https://hooks.example.org/A?b=C%20d"),
        ("https://hooks.example.org?x", "https://hooks.example.org/?x"),
        ("https://xn--exmple-cua.org/a/../b//c", "https://xn--exmple-cua.org/a/../b//c"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]/"),
    ],
)
def test_an_address_has_one_spelling(address: str, url: str) -> None:
    """Host in lower case and the port that goes without saying left out; path and query as they are."""
    assert parsed(address).url == url
    assert str(URL(url, encoded=True)) == url


def test_private_networks_can_be_opened() -> None:
    """They alone, on port 443: neither this machine nor a metadata service among them."""
    rules = Rules(allow_private_networks=True)
    opened = {address for address in LEADS_ASTRAY if rules.fault(written(address)) is None}
    assert opened == {address for address, kind in LEADS_ASTRAY.items() if kind is Kind.PRIVATE}
    assert rules.fault("https://10.0.0.1:8443/") is not None


def test_an_exemption_opens_what_it_says_and_no_more() -> None:
    """A host opens its ports where it would be open anyhow; networks open themselves, for the host if one is named."""
    by_host = Rules(exemptions=(Exemption(host="Hooks.example.org", ports=(8443,)),))
    assert by_host.fault("https://hooks.example.org:8443/") is None
    assert by_host.fault("https://other.example.org:8443/") is not None
    assert by_host.refusal("hooks.example.org", 8443, ip_address("1.1.1.1")) is None
    assert by_host.refusal("hooks.example.org", 8443, ip_address("10.0.0.1")) is not None
    assert by_host.refusal("hooks.example.org", 443, ip_address("127.0.0.1")) is not None

    both = Rules.model_validate({"exemptions": [{"host": "soc.example.org", "networks": ["10.20.0.0/16"]}]})
    assert both.refusal("soc.example.org", 443, ip_address("10.20.3.4")) is None
    assert both.refusal("soc.example.org", 443, ip_address("::ffff:10.20.3.4")) is None
    assert both.refusal("soc.example.org", 443, ip_address("10.21.3.4")) is not None
    assert both.refusal("soc.example.org", 8443, ip_address("10.20.3.4")) is not None
    assert both.refusal("hooks.example.org", 443, ip_address("10.20.3.4")) is not None

    assert Rules(exemptions=(Exemption(host="localhost"),)).fault("https://localhost/") is None


def test_no_exemption_opens_a_metadata_service() -> None:
    """Not even one that holds every address."""
    everything = Rules.model_validate({"exemptions": [{"networks": ["0.0.0.0/0", "::/0"]}]})
    closed = {address for address in LEADS_ASTRAY if everything.fault(written(address)) is not None}
    never = {Kind.METADATA, Kind.UNSPECIFIED, Kind.MULTICAST}
    assert closed == {address for address, kind in LEADS_ASTRAY.items() if kind in never}


def test_http_goes_only_to_a_number_of_this_machine() -> None:
    """And only if an exemption opens it; a name could lead elsewhere tomorrow."""
    rules = Rules.model_validate(
        {"exemptions": [{"networks": ["127.0.0.0/8", "10.0.0.0/8"], "ports": [80, 8080]}, {"host": "localhost"}]}
    )
    assert rules.fault("http://127.0.0.1:8080/") is None
    assert rules.fault("http://127.0.0.1/") is None
    assert rules.fault("http://127.0.0.1:8081/") is not None
    assert rules.fault("http://10.0.0.1:8080/") is not None
    assert rules.fault("http://localhost:8080/") is not None
    assert CLOSED.fault("http://127.0.0.1/") is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"ports": [8443]},
        {"host": "127.1"},
        {"host": "https://x.example"},
        {"host": ""},
        {"networks": ["10.0.0.1/8"]},
        {"host": "x.example", "ports": []},
        {"host": "x.example", "ports": [0]},
    ],
)
def test_an_exemption_that_says_nothing_or_too_much_is_refused(wrong: dict[str, object]) -> None:
    """Ports for everybody, hosts in disguise and networks with a slip in them are no exemptions."""
    with pytest.raises(ValidationError):
        Exemption.model_validate(wrong)


async def test_what_was_judged_is_what_is_connected_to() -> None:
    """A name that leads elsewhere when it is asked again (DNS rebinding) is asked once for each connection."""
    async with webhook_server(None) as server:
        rules = Rules.model_validate({"exemptions": [{"networks": ["127.0.0.1/32"], "ports": [server.port]}]})
        names = Names(("127.0.0.1",), ("169.254.169.254",))
        connector = GuardedConnector(rules, trust=trusted(None), names=names)
        async with aiohttp.ClientSession(connector=connector) as client:
            url = f"https://hooks.example.org:{server.port}/"
            with pytest.raises(aiohttp.ClientSSLError):  # the server was reached, and speaks no TLS
                await client.post(url)
            assert (names.asked, server.connections) == (["hooks.example.org"], 1)
            with pytest.raises(UnfitDestinationError, match="metadata"):
                await client.post(url)
        assert server.connections == 1


async def test_a_redirect_is_judged_like_a_first_request() -> None:
    """Whoever lets this connector follow redirects still goes nowhere that is not open."""
    async with webhook_server(None) as server:
        server.says(307, Location=f"http://127.0.0.2:{server.port}/")
        rules = Rules.model_validate({"exemptions": [{"networks": ["127.0.0.1/32"], "ports": [server.port]}]})
        with pytest.raises(UnfitDestinationError, match="this machine"):
            await asked_for(f"http://127.0.0.1:{server.port}/", rules, Names(()))
        assert len(server.requests) == 1


async def test_no_proxy_decides_where_a_request_ends() -> None:
    """A request through a proxy is refused, whoever asked for it."""
    connector = GuardedConnector(CLOSED, trust=trusted(None), names=Names(("1.1.1.1",)))
    async with aiohttp.ClientSession(connector=connector) as client:
        with pytest.raises(UnfitDestinationError, match="proxy"):
            await client.post("https://hooks.example.org/", proxy="http://127.0.0.1:3128")


ENDS = ("https://", "http://", "h", "@", ":", "/", "//", "?", "#", ".", "[", "]", "\\", "%", " ", "\t", "\n", "..")
HOSTS = ("::1", "127.0.0.1", "10.0.0.1", "0x7f", "8.8.8.8", "a.example", "localhost", "2606:4700::1", "é", "。", "%2e")
PIECES = st.sampled_from((*ENDS, *HOSTS, "443", ":8443"))
URLS = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=8).map("".join),
    st.builds("https://{}{}".format, st.lists(PIECES, max_size=4).map("".join), st.text(max_size=20)),
)


@settings(deadline=None, max_examples=400)
@given(URLS)
def test_what_passes_means_the_same_to_every_parser(address: str) -> None:
    """No address makes it fail; one that passes is https, and three parsers agree on the host, which is not closed."""
    if CLOSED.fault(address) is not None:
        return
    found = parsed(address)
    split, url = urlsplit(found.url), URL(found.url, encoded=True)
    assert (split.scheme, split.hostname, split.username) == ("https", found.host, None)
    assert (url.scheme, url.host, url.port, url.user) == ("https", found.host, 443, None)
    assert (urlsplit(address).hostname, found.port) == (url.raw_host if found.literal is None else split.hostname, 443)
    assert parsed(found.url) == found
    assert found.literal is None or kind_of(found.literal) is None
