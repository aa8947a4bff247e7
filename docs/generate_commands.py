# ruff: noqa: INP001 - a script beside the pages, no package
"""Write `docs/commands.md` from the command line's own help: `python3 run.py exec python docs/generate_commands.py`.

With `--check` it writes nothing, and ends with 1 when the page is not current; a test does this.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.cli import build_app  # noqa: E402 - the path has to be set first

PAGE = ROOT / "docs" / "commands.md"
HEAD = """# Commands

Made from the command line's own help by [generate_commands.py](generate_commands.py); do not edit it by hand. The
walk through a whole case is in [officer.md](officer.md). `leerp` stands for `python3 run.py leerp`.
"""
CONTENTS = re.compile(r"\n## Table of Contents\n.*?(?=\n\*\*Commands\*\*)", re.DOTALL)


def documentation() -> str:
    """The page as it must be."""
    made: str = build_app().generate_docs(output_format="markdown")
    made = CONTENTS.sub("", made.removeprefix("# leerp\n"))
    lines = (re.sub(r"^(\* `[^`]+`):$", r"\1", line.rstrip()) for line in made.splitlines())
    return HEAD + "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or check it; 0 when all is well."""
    made = documentation()
    if arguments == ["--check"]:
        return int(PAGE.read_text(encoding="utf-8") != made)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
