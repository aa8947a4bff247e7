"""What Slack's refusals mean: by its word for the error, never by a sentence.

The words are those of the methods used (https://docs.slack.dev/reference/methods/chat.postMessage and its neighbours).
"""

from dataclasses import dataclass

from leerp.errors import DeliveryError
from leerp.notices import DeliveryReason


@dataclass(frozen=True)
class Meaning:
    """What becomes of a message after a refusal."""

    reason: DeliveryReason
    permanent: bool = False


_NO_SUCH_ADDRESS = Meaning(DeliveryReason.ADDRESS_UNKNOWN, permanent=True)
_CLOSED_ADDRESS = Meaning(DeliveryReason.REFUSED_BY_SERVER, permanent=True)
_UNFIT_MESSAGE = _CLOSED_ADDRESS
_UNFIT_APP = Meaning(DeliveryReason.NOT_CONFIGURED)
_TOO_MUCH = Meaning(DeliveryReason.RATE_LIMITED)
_AWAY = Meaning(DeliveryReason.UNREACHABLE)
_UNKNOWN = Meaning(DeliveryReason.REFUSED_BY_SERVER)

_WORDS = (
    # Wrong with one address: the next contact point of the reader is tried, and the directory has to be corrected.
    (
        _NO_SUCH_ADDRESS,
        """
        channel_not_found user_not_found user_not_visible user_disabled users_not_found not_enough_users
        """,
    ),
    (
        _CLOSED_ADDRESS,
        """
        is_archived not_in_channel restricted_action restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel
        restricted_action_non_threadable_channel messages_tab_disabled cannot_dm_bot
        method_not_supported_for_channel_type
        """,
    ),
    # Wrong with one message: the same bytes would be refused again.
    (
        _UNFIT_MESSAGE,
        """
        msg_too_long msg_blocks_too_long no_text too_many_attachments invalid_blocks invalid_blocks_format
        metadata_too_large metadata_must_be_sent_from_app invalid_metadata_format invalid_metadata_schema
        invalid_json json_not_object invalid_arguments
        """,
    ),
    # Wrong with the app or the workspace: every reader would be refused, and once it is mended everything goes out.
    (
        _UNFIT_APP,
        """
        not_authed invalid_auth account_inactive token_revoked token_expired no_permission missing_scope
        access_denied not_allowed_token_type org_login_required ekm_access_denied team_access_not_granted
        team_not_found two_factor_setup_required accesslimited enterprise_is_restricted deprecated_endpoint
        method_deprecated unknown_method invalid_arg_name
        """,
    ),
    (_TOO_MUCH, "ratelimited rate_limited message_limit_exceeded"),
    (_AWAY, "service_unavailable request_timeout team_added_to_org"),
)

MEANINGS = {word: meaning for meaning, words in _WORDS for word in words.split()}
"""Every word that leerp knows. Any other is a refusal for now: it is tried again, and seen by an officer meanwhile."""

IN_DOUBT = frozenset({"fatal_error", "internal_error"})
"""After these a part of the call may have had its effect, says Slack."""

LOST_THREADS = frozenset({"thread_not_found", "cannot_reply_to_message"})
"""The first message of the thread is gone; the next attempt looks for the thread anew."""


class SlackError(DeliveryError):
    """Slack refused; `word` is its own for why."""

    def __init__(self, place: str, word: str, *, retry_after_seconds: float | None = None) -> None:
        meaning = MEANINGS.get(word, _UNKNOWN)
        super().__init__(
            f"{place}: refuses with {word}",
            permanent=meaning.permanent,
            reason=meaning.reason,
            retry_after_seconds=retry_after_seconds,
        )
        self.word = word


class LostReplyError(DeliveryError):
    """No answer came that could be read: nobody here knows whether the call had its effect."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place}: gave no answer to a call", permanent=False, reason=DeliveryReason.UNREACHABLE)
