"""The operator's files: the example is whole, and every fault is named with its place."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leerp.errors import BadInputError
from leerp.formats.strict import yaml_of
from leerp.hours import Hours
from leerp.keys import KeyFile
from leerp.marking import Level
from leerp.notices import NoticeKind
from leerp.stakeholders import ContactPoint, Directory, Group, Role, Stakeholder
from notifications.channels import AnySettings, ChannelsFile
from notifications.channels.outbox.settings import OutboxSettings
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.smtp import addresses
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.webhook.secrets import Secrets
from notifications.channels.webhook.settings import Rfc9421, WebhookSettings
from notifications.configuration import (
    lay_out_example,
    load_channels,
    load_directory,
    load_policy,
)
from notifications.directory_check import check_directory
from tests.secret_files import secret_file

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A folder with the example files."""
    lay_out_example(tmp_path / "config")
    return tmp_path / "config"


def test_the_example_is_written_once(tmp_path: Path) -> None:
    """What is there already stays as it is, and only what was missing is reported as written."""
    folder = tmp_path / "new" / "config"
    folder.mkdir(parents=True)
    (folder / "policy.yaml").write_text("batch: 7\n")
    written = lay_out_example(folder)
    assert [path.name for path in written] == ["directory.yaml", "channels.yaml", "sources.yaml"]
    assert load_policy(folder / "policy.yaml").batch == 7
    assert lay_out_example(folder) == []


def test_the_example_directory_has_forty_stakeholders_in_all_groups(example: Path) -> None:
    """Forty functions beside the centre, of every group, under `.example`, some unknown, some selective."""
    directory = load_directory(example / "directory.yaml")
    everybody = (directory.centre, *directory.stakeholders)
    assert len(directory.stakeholders) == 40
    assert {one.group for one in everybody} == set(Group)
    addresses_used = [contact.address for one in everybody for contact in one.contacts if "@" in contact.address]
    assert all(address.endswith(".example") for address in addresses_used)
    assert [one.id for one in everybody if one.clearance is None] == ["poc-us"]
    partners = [one for one in everybody if one.group is Group.PRIVATE_PARTNER]
    assert Counter(one.selective for one in partners) == {True: 3, False: 1}
    assert {one.id for one in everybody if one.blueprint} == {"enisa", "eu-cyclone", "council-secretariat"}


def test_the_example_directory_keeps_countries_as_countries(example: Path) -> None:
    """NO is Norway and not false; EL is kept as GR."""
    directory = load_directory(example / "directory.yaml")
    countries = {one.id: one.country for one in directory.stakeholders}
    assert countries["poc-no"] == "NO"
    assert countries["poc-gr"] == "GR"


def test_the_example_explains_every_key_of_an_entry(example: Path) -> None:
    """Whatever may stand in an entry, its contact points, hours and keys is named in the comment above them."""
    comment, _, _ = (example / "directory.yaml").read_text().partition("\nversion:")
    models = (Stakeholder, ContactPoint, Hours, KeyFile)
    words = {name for model in models for name in model.model_fields} - {"version"}
    assert {word for word in words if not re.search(rf"\b{word}\b", comment)} == set()


def test_the_hours_and_the_key_in_the_example_can_be_used(example: Path) -> None:
    """The commented contact point is valid once its comment signs are taken away."""
    lines = (example / "directory.yaml").read_text().splitlines()
    begin = lines.index("#     contacts:") + 1
    written = [line.removeprefix("#") for line in lines[begin : lines.index("#", begin)]]
    (contact,) = yaml_of("\n".join(written).encode(), name="the example")
    point = ContactPoint.model_validate(contact)
    assert isinstance(point.key, KeyFile)
    assert point.open_at(AT) is False


def test_the_example_knows_the_name_in_a_misp_event(example: Path) -> None:
    """An organisation's name in a file leads to its entry."""
    found = load_directory(example / "directory.yaml").named("circl")
    assert found is not None
    assert found.id == "csirt-lu"


def test_the_example_officers_leave_one_shortfall(example: Path) -> None:
    """Two approvers, two duty officers, and each function of the shift but the decryption expert."""
    directory = load_directory(example / "directory.yaml")
    skills = {skill for one in directory.officers for skill in one.skills}
    wanted = {role.replace(" ", "-") for role in load_policy(example / "policy.yaml").roles_per_shift}
    assert wanted - skills == {"decryption-expert"}
    assert [one.id for one in directory.officers if Role.APPROVER in one.roles] == ["head-of-operations", "deputy-head"]
    assert directory.officer("duty-officer") is not None
    assert directory.officer("duty-officer-2") is not None


def test_the_example_is_in_order_but_for_one_clearance(example: Path) -> None:
    """The check finds what the example leaves open on purpose, and nothing else."""
    directory = load_directory(example / "directory.yaml")
    problems = check_directory(directory, load_channels(example / "channels.yaml"), at=AT)
    assert problems == ["poc-us: its clearance is not known, so only public information goes there; find it out"]


def test_the_example_policy_asks_for_acknowledgement(example: Path) -> None:
    """Launches are to be acknowledged; a closure is not."""
    minutes = load_policy(example / "policy.yaml").acknowledge_within_minutes
    assert minutes[NoticeKind.LAUNCH_EXTERNAL] == 30
    assert NoticeKind.CLOSURE not in minutes


def test_the_example_channels_need_no_server(example: Path) -> None:
    """Every channel of the example writes into a folder."""
    channels = load_channels(example / "channels.yaml").channels
    assert {name: type(settings) for name, settings in channels.items()} == dict.fromkeys(
        ("email", "secure", "outbox"), OutboxSettings
    )


def in_use(example: Path, name: str) -> AnySettings:
    """A commented channel of the example, once its comment signs are taken away."""
    block: list[str] = []
    for line in (example / "channels.yaml").read_text().splitlines():
        if line.startswith(f"  # {name}:") or (block and line.startswith("  #   ")):
            block.append(line.replace("  # ", "  ", 1))
        elif block:
            break
    assert len(block) > 3
    (example / "channels.yaml").write_text("\n".join(["channels:", *block]))
    (settings,) = load_channels(example / "channels.yaml").channels.values()
    return settings


def test_the_commented_mail_channel_can_be_used(example: Path) -> None:
    """It is valid, and its files are taken from the folder of channels.yaml."""
    settings = in_use(example, "email")
    assert isinstance(settings, SmtpSettings)
    assert settings.password_file == example / "secrets" / "smtp"


def test_the_commented_slack_channel_can_be_used(example: Path) -> None:
    """It is valid, with a button, and carries public information alone."""
    settings = in_use(example, "slack")
    assert isinstance(settings, SlackSettings)
    assert settings.token_file == example / "secrets" / "slack-token"
    assert (settings.has_button, settings.maximum) == (True, Level.PUBLIC)


def test_the_commented_webhook_channels_can_be_used(example: Path, tmp_path: Path) -> None:
    """One for each way to sign."""
    settings = in_use(example, "csirts")
    assert isinstance(settings, WebhookSettings)
    assert isinstance(settings.signature, Rfc9421)
    assert settings.signature.key_file == example / "secrets" / "webhook.pem"
    assert settings.answers == Secrets(folder=example / "secrets" / "webhook-readers")
    other = tmp_path / "other"
    lay_out_example(other)
    shared = in_use(other, "partners")
    assert isinstance(shared, WebhookSettings)
    assert shared.answer_secrets == Secrets(folder=other / "secrets" / "webhook-partners")


def test_what_else_the_comments_offer_can_be_used_too(example: Path) -> None:
    """The lines that are commented out twice: an exemption, and the second place for a token."""
    path = example / "channels.yaml"
    path.write_text(path.read_text().replace("  #   # ", "  #   ").replace("  #   token_file", "  #   # token_file"))
    settings = in_use(example, "csirts")
    assert isinstance(settings, WebhookSettings)
    assert [one.host for one in settings.exemptions] == ["soc.csirt.example"]
    lay_out_example(example.parent / "other")
    path = example.parent / "other" / "channels.yaml"
    path.write_text(path.read_text().replace("  #   # ", "  #   ").replace("  #   token_file", "  #   # token_file"))
    slack = in_use(path.parent, "slack")
    assert isinstance(slack, SlackSettings)
    assert slack.token_env == "LEERP_SLACK_TOKEN"  # noqa: S105 - the name of a variable


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("directory.yaml", "version: 1\ncentre: []\n", "line 1, key version"),
        ("channels.yaml", "channels:\n  a:\n    type: pigeon\n    maximum: BPL\n", "line 2, key channels.a"),
        ("channels.yaml", "channels:\n  a: {type: outbox, maximum: COSMIC}\n", "line 2, key channels.a"),
        ("channels.yaml", "channels:\n  a:\n    type: outbox\n    maximum: BPL\n    color: red\n", "line 5, key"),
        ("policy.yaml", "batch: 100\nbatsch: 5\n", "line 2, key batsch"),
        ("policy.yaml", "batch: 100\nbatch: 5\n", "line 2"),
        ("policy.yaml", "batch: 0\n", "line 1, key batch"),
        ("policy.yaml", "\xff", "policy.yaml"),
    ],
)
def test_a_fault_is_named_with_its_place(example: Path, file: str, content: str, said: str) -> None:
    """File, line and key of the first fault stand in the error."""
    load = {"directory.yaml": load_directory, "channels.yaml": load_channels, "policy.yaml": load_policy}[file]
    (example / file).write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInputError) as caught:
        load(example / file)
    assert str(example / file) in caught.value.sentence
    assert said in caught.value.sentence


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is bad input with its path, and no traceback."""
    with pytest.raises(BadInputError, match=r"nowhere\.yaml: cannot be read"):
        load_directory(tmp_path / "nowhere.yaml")


def mail_settings(**changes: object) -> SmtpSettings:
    """A mail channel without sign-in."""
    values = {"type": "smtp", "maximum": "BPL", "host": "mail.example", "from_address": "ecc@ec3.example"}
    return SmtpSettings.model_validate(values | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "leerp"},
        {"password_env": "SECRET"},
        {"username": "leerp", "password_env": "SECRET", "password_file": "x"},
        {"username": "leerp", "password_env": "SECRET", "starttls": False},
        {"from_address": "nobody"},
        {"from_address": "a@b.example, c@d.example"},
    ],
)
def test_an_unsafe_mail_channel_is_refused(changes: dict[str, object]) -> None:
    """A password needs a name and TLS, and exactly one place to stand in."""
    with pytest.raises(ValueError, match="validation error"):
        mail_settings(**changes)


def test_a_password_is_read_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first line of a file or from the environment; a missing one is named."""
    secret_file(tmp_path / "secret", "hush\n")
    from_file = mail_settings(username="leerp", password_file=Path("secret")).below(tmp_path)
    assert from_file.password() == "hush"
    from_environment = mail_settings(username="leerp", password_env="LEERP_TEST_PASSWORD")  # noqa: S106 - a name
    with pytest.raises(BadInputError, match="LEERP_TEST_PASSWORD holds no password"):
        from_environment.password()
    monkeypatch.setenv("LEERP_TEST_PASSWORD", "shh")
    assert from_environment.password() == "shh"
    assert mail_settings().password() is None


@pytest.mark.parametrize(
    "address",
    [
        "desk",
        "desk@",
        "@partner.example",
        '"duty desk"@partner.example',
        '"desk"@partner.example',
        "a b@partner.example",
        "desk@partner..example",
        "desk@[192.0.2.1]",
        "desk@evil.example@partner.example",
        "desk@partner.example\r\nRCPT TO:<all@partner.example>",
        "desk@partner.example\n",
        "dęsk@partner.example",
        "desk@pärtner.example",
        "Desk <desk@partner.example>",
        "desk@-partner.example",
        "x" * 65 + "@partner.example",
        "..@partner.example",
    ],
)
def test_an_unfit_address_is_refused(address: str) -> None:
    """Nothing that two mail programs could read differently is an address here."""
    assert addresses.fault(address) is not None


@pytest.mark.parametrize("address", ["desk@partner.example", "duty.desk+24-7@a.b-c.example", "root@localhost"])
def test_a_plain_address_is_taken(address: str) -> None:
    """The plain form of RFC 5321 is taken as it is."""
    assert addresses.fault(address) is None


def test_the_check_finds_every_kind_of_fault() -> None:
    """Unknown channel, unfit address, open clearance, shared address, shared name, no approver."""

    def one(identifier: str, channel: str, address: str, **changes: object) -> Stakeholder:
        values = {"id": identifier, "name": identifier, "group": "agency", "clearance": Level.BPL}
        return Stakeholder.model_validate(
            values | {"contacts": (ContactPoint(channel=channel, address=address),)} | changes
        )

    directory = Directory(
        version="1",
        centre=one("centre", "mail", "centre@ec3.example"),
        stakeholders=(
            one("a", "carrier-pigeon", "loft 7"),
            one("b", "mail", '"duty desk"@b.example'),
            one("c", "mail", "desk@c.example", clearance=None),
            one("d", "mail", "desk@d.example", clearance=Level.SECRET),
            one("e", "mail", "DESK@c.example", aliases=("D",)),
        ),
    )
    channels = ChannelsFile(channels={"mail": mail_settings()})
    problems = check_directory(directory, channels, at=AT)
    assert [problem.split(":")[0].split(" stands")[0] for problem in problems] == [
        "a",
        "b",
        "c",
        "d",
        "desk@c.example on channel mail",
        "2 entries answer to 'd'; a report by that name would be credited to the first",
        "no officer has the role approver; acts that need a second person cannot be done",
    ]
