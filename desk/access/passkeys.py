"""Passkeys: what a browser is asked for, and what is checked of its answer (W3C Web Authentication Level 3)."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from leerp.errors import BadInputError
from records.people_accounts import Passkey

LARGEST = 64 * 1024
"""Bytes of an answer; a real one has some three thousand."""

NO_GOOD = "this passkey is not accepted here"


class Party(NamedTuple):
    """For whom passkeys are made: the desk's name in the network, and the origin that its pages have."""

    id: str
    origin: str


class Enrolled(NamedTuple):
    """A passkey that was just made."""

    id: str
    public_key: str
    sign_count: int


def party_of(public_url: str | None, request: HTTPConnection) -> Party | None:
    """The desk as browsers know it: its public address, or this machine's; None where there can be no passkeys.

    A passkey is made for a name. Without LEERP_PUBLIC_URL that is `localhost`, and only there.
    """
    if public_url:
        parts = urlsplit(public_url)
        name = parts.hostname or ""
        return Party(name, f"{parts.scheme}://{parts.netloc}") if not _is_number(name) else None
    host = request.headers.get("host", "")
    name, _, port = host.partition(":")
    return Party(name, f"http://{host}") if name == "localhost" and (port.isdecimal() or not port) else None


def _is_number(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()


def new_challenge() -> bytes:
    """What a passkey signs, once (§13.4.3)."""
    return secrets.token_bytes(32)


def to_enrol(party: Party, *, person: str, name: str, challenge: bytes, known: Sequence[Passkey]) -> dict[str, object]:
    """What a browser is asked, for a new passkey that the person unlocks."""
    import webauthn  # noqa: PLC0415 - takes a sixth of a second to load
    from webauthn.helpers import structs  # noqa: PLC0415 - the same

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="leerp",
        user_id=handle_of(person),
        user_name=person,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one.id)) for one in known
        ],
    )
    return _document(webauthn.options_to_json(options))


def enrolled(party: Party, answer: bytes, *, challenge: bytes) -> Enrolled:
    """The new passkey in a browser's answer; BadInputError when it is not what was asked for."""
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415 - as above

    try:
        made = webauthn.verify_registration_response(
            credential=_document(answer),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever its parsers trip over came from outside
        raise BadInputError(NO_GOOD) from error
    return Enrolled(
        bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key), made.sign_count
    )


def to_sign_in(party: Party, *, challenge: bytes) -> dict[str, object]:
    """What a browser is asked, for whichever passkey of this desk the person unlocks."""
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 - as above

    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _document(webauthn.options_to_json(options))


def named_in(answer: bytes) -> str:
    """The id of the passkey that an answer is from; BadInputError when it names none."""
    named = _document(answer).get("id")
    if not isinstance(named, str):
        raise BadInputError(NO_GOOD)
    return named


def new_count(party: Party, answer: bytes, *, challenge: bytes, passkey: Passkey) -> int:
    """The count of a passkey that has signed this challenge, after a person unlocked it.

    Raises BadInputError for any other answer, and for a count that has not gone on: then there are two of it.
    """
    import webauthn  # noqa: PLC0415 - as above

    document = _document(answer)
    try:
        used = webauthn.verify_authentication_response(
            credential=document,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=webauthn.base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        handle = webauthn.helpers.parse_authentication_credential_json(document).response.user_handle
    except Exception as error:  # as above
        raise BadInputError(NO_GOOD) from error
    if handle is not None and handle != handle_of(passkey.person):
        raise BadInputError(NO_GOOD)
    return used.new_sign_count


def handle_of(person: str) -> bytes:
    """What a passkey calls the person: it tells nobody who that is (§14.6.1)."""
    return hashlib.sha256(f"leerp/{person}".encode()).digest()


def _document(text: str | bytes) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInputError(NO_GOOD) from error
    if not isinstance(document, dict):
        raise BadInputError(NO_GOOD)
    return document
