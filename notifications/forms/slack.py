"""A notice as Slack messages: blocks of plain text and nothing else, split so that Slack takes every one of them.

Slack reads `<!channel>`, `<@U…>` and links in text; here every text is escaped and none is marked up, so that nothing a
report says can call anybody or show as something else (https://docs.slack.dev/messaging/formatting-message-text).
"""

import json
from collections.abc import Iterable, Iterator

from pydantic import Field, JsonValue

from leerp import canonical
from leerp.model import Model
from leerp.notices import VariantFile
from notifications.templating import environment
from notifications.view import View

FILE = "message.slack.json"
ACTION = "leerp_acknowledge"
"""The `action_id` of the button that acknowledges."""

LONGEST_TEXT = 3_000
"""The most characters of a text object (https://docs.slack.dev/reference/block-kit/composition-objects/text-object)."""

LONGEST_HEADER = 150
"""The most characters of a header (https://docs.slack.dev/reference/block-kit/blocks/header-block)."""

MOST_BLOCKS = 49
"""One fewer than Slack takes in a message: room for the button."""

LONGEST_BLOCKS = 9_000
"""The most characters of all blocks of a message together, as JSON. Project assumption: Slack publishes no such limit,
and refuses some messages from 12,000 on (slackapi/bolt-js issues 2509 and 2867); the button takes up to 2,300 more."""

Block = dict[str, JsonValue]


class SlackMessage(Model):
    """One message: its blocks, and the text that a notification or a screen reader gives instead of them."""

    text: str = Field(min_length=1)
    blocks: tuple[Block, ...] = Field(min_length=1)


class SlackMessages(Model):
    """`message.slack.json`: the messages of a notice in order, of which the second and later ones follow in the thread.

    `acknowledge`: what the button says that closes the last message; None where no acknowledgement is asked for.
    """

    messages: tuple[SlackMessage, ...] = Field(min_length=1)
    acknowledge: str | None


def make(view: View) -> VariantFile:
    """`message.slack.json`, canonical JSON (RFC 8785)."""
    lines = _lines(view)
    (subject,) = lines["subject"]
    groups = list(_groups(_blocks(lines["body"]), frame=list(_blocks(lines["frame"]))))
    texts = _texts(_escaped(subject[1]), total=len(groups))
    buttons = [text for _, text in lines["button"]]
    made = SlackMessages(
        messages=tuple(SlackMessage(text=text, blocks=tuple(group)) for text, group in zip(texts, groups, strict=True)),
        acknowledge=buttons[0] if buttons else None,
    )
    return VariantFile(name=FILE, media_type="application/json", content=canonical.dumps(made.model_dump(mode="json")))


def button(label: str, value: str) -> Block:
    """The block with the button; Slack hands `value` back when somebody presses it."""
    pressed: Block = {"type": "button", "action_id": ACTION, "style": "primary", "text": _plain(label), "value": value}
    return {"type": "actions", "block_id": ACTION, "elements": [pressed]}


def pieces(text: str, *, longest: int = LONGEST_TEXT) -> Iterator[str]:
    """A text in pieces that Slack takes once they are escaped; together they are the text, to the last character.

    Cut at line ends, and inside a line only where there is no other way.
    """
    while text:
        cut = _longest_prefix(text, longest)
        if cut < len(text):
            cut = text.rfind("\n", 0, cut) + 1 or text.rfind(" ", 0, cut) + 1 or cut
        yield text[:cut]
        text = text[cut:]


def _lines(view: View) -> dict[str, list[tuple[str, str]]]:
    """What the template says, by place: shape and text of each line."""
    said: dict[str, list[tuple[str, str]]] = {"subject": [], "frame": [], "body": [], "button": []}
    for line in environment().get_template(f"{view.kind.value}/blocks.txt").render(view.values()).split("\n"):
        if line.strip():
            place, shape, text = json.loads(line)
            said[place].append((shape, text))
    return said


def _blocks(lines: Iterable[tuple[str, str]]) -> Iterator[Block]:
    """The blocks of some lines. A header too long for one is a section: it is shown whole rather than cut."""
    for shape, text in lines:
        if shape == "header" and _length(_escaped(text)) > LONGEST_HEADER:
            yield from _blocks([("section", text)])
            continue
        for piece in pieces(text):
            if not piece.strip():
                continue  # Slack refuses a text in which there is nothing to see
            plain = _plain(piece)
            yield {"type": shape, "elements": [plain]} if shape == "context" else {"type": shape, "text": plain}


def _groups(blocks: Iterable[Block], *, frame: list[Block]) -> Iterator[list[Block]]:
    """The blocks of each message: the frame above and below, and between as many as Slack takes."""
    room = LONGEST_BLOCKS - 2 * _size(frame)
    most = MOST_BLOCKS - 2 * len(frame)
    group: list[Block] = []
    size = _size(group)
    for block in blocks:
        more = _size([block]) - 1  # with a comma for two brackets
        if group and (len(group) >= most or size + more > room):
            yield [*frame, *group, *frame]
            group, size = [], _size([])
        size += more if group else more - 1  # there is no comma before the first
        group.append(block)
    yield [*frame, *group, *frame]


def _texts(subject: str, *, total: int) -> list[str]:
    """What stands for each message where its blocks do not: the subject, which of several it is, and no more."""
    if total == 1:
        return [subject]
    part = environment().get_template("part.slack.txt")
    return [f"{subject} | {part.render(number=number, total=total).strip()}" for number in range(1, total + 1)]


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": _escaped(text), "emoji": False}


def _escaped(text: str) -> str:
    """The three characters that Slack reads as its own; it shows them again as they were."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _length(text: str) -> int:
    """How long a text is in UTF-16 units: never fewer than characters, however Slack counts them."""
    return len(text.encode("utf-16-le")) // 2


def _longest_prefix(text: str, longest: int) -> int:
    """How many characters of a text are at most so long once escaped."""
    if _length(_escaped(text)) <= longest:
        return len(text)
    low, high = 1, min(len(text), longest)
    while low < high:
        middle = (low + high + 1) // 2
        if _length(_escaped(text[:middle])) <= longest:
            low = middle
        else:
            high = middle - 1
    return low


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _size(blocks: list[Block]) -> int:
    """How long the blocks are as JSON: in canonical JSON the same characters stand in another order."""
    return len(_ENCODER.encode(blocks))
