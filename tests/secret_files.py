"""Files of secrets as leerp reads them: closed to others."""

from pathlib import Path


def secret_file(path: Path, content: str | bytes, *, mode: int = 0o600) -> Path:
    """A file with that content and mode; by default only its owner reads it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path
