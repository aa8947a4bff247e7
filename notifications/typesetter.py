"""The typesetter as a program: sets one document after another, each as its input asks, until that ends.

`notifications.typesetting` runs it by its path and in a process of its own (`python -I`); nothing of leerp is imported
here, and it is told nothing but what it is to set. Both ways go frames: the length in eight bytes, the highest first,
and as many bytes. It begins with an empty one. A question is JSON: `source` (Typst), `inputs` (text by name),
`standards`, `at` (ISO 8601), `seconds` (how long whoever asks waits for it). An answer is `DOCUMENT` and the PDF, or
`REFUSED` alone.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from datetime import datetime
from typing import IO, Any

DOCUMENT = b"D"
REFUSED = b"R"
LENGTH_BYTES = 8

NOWHERE = os.devnull
"""The folder that the typesetter may read from: none at all."""

MOST_MEMORY_BYTES = 4 * 1024**3
"""Address space that it may take, of which a document needs a small part; project assumption."""


def main() -> None:
    """Answer until the input ends, as it does with the process that asks."""
    with suppress(OSError, ValueError):  # where the machine has a stricter limit, or none of this kind
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    # Making one takes longer than setting a notice.
    compiler = typesetter().Compiler(root=NOWHERE, font_paths=fonts(), ignore_system_fonts=True)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    write_frame(answers, b"")
    while (question := read_frame(asked)) is not None:
        told = json.loads(question)
        # Whoever asks ends what takes too long, unless it is gone itself: then this ends by the signal.
        signal.setitimer(signal.ITIMER_REAL, 2 * told["seconds"])
        answer = _answer(compiler, told)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(answers, answer)


def fonts() -> Any:  # noqa: ANN401 - the fonts as the typesetter keeps them
    """The fonts that come with the typesetter, and none of the machine's."""
    return typesetter().Fonts(include_system_fonts=False)


def typesetter() -> Any:  # noqa: ANN401 - a module
    """The package; it is large, and only the process that sets has it in memory."""
    import typst  # noqa: PLC0415 - as said above

    return typst


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None where the other side has ended before it was whole."""
    length = stream.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    content = stream.read(size := int.from_bytes(length, "big"))
    return content if len(content) == size else None


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Send one frame at once."""
    stream.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
    stream.flush()


def _answer(compiler: Any, question: dict[str, Any]) -> bytes:  # noqa: ANN401 - the typesetter's own
    try:
        content: bytes = compiler.compile(
            question["source"].encode(),
            sys_inputs=question["inputs"],
            pdf_standards=question["standards"],
            timestamp=datetime.fromisoformat(question["at"]),
        )
    except typesetter().TypstError:  # it quotes the text that it stumbled over, which must not get into any log
        return REFUSED
    return DOCUMENT + content


if __name__ == "__main__":
    main()
