"""A real TAXII 2.1 server (medallion) on a loopback port, with its data in memory."""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from medallion import application_instance, register_blueprints, set_config

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
USER, PASSWORD = "centre", "correct horse"
PAGE = 3


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - theirs
        """Nothing."""


class TaxiiServer:
    """The collection, and when what was added to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._collection = {"id": COLLECTION, "title": "Reports", "can_read": True, "can_write": True}
        self.empty()

    @property
    def api_root(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/exchange"

    def empty(self) -> None:
        """Have no objects."""
        self._collection |= {"objects": [], "manifest": [], "media_types": ["application/stix+json;version=2.1"]}
        root = {"information": {"max_content_length": 10_000_000}, "collections": [self._collection], "status": []}
        application_instance.medallion_backend.data = {"/discovery": {}, "exchange": root}

    def add(self, *objects: dict[str, Any], at: str) -> None:
        """Add objects at a time."""
        for one in objects:
            version = one.get("modified", one.get("created", at))
            self._collection["objects"].append(one)  # type: ignore[attr-defined]
            self._collection["manifest"].append(  # type: ignore[attr-defined]
                {
                    "id": one["id"],
                    "date_added": at,
                    "version": version,
                    "media_type": "application/stix+json;version=2.1",
                }
            )


@contextmanager
def running() -> Iterator[TaxiiServer]:
    """The server while the block lasts."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    set_config(application_instance, "users", {"users": {USER: PASSWORD}})
    set_config(application_instance, "taxii", {"taxii": {"max_page_size": PAGE}})
    backend = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": None}
    set_config(application_instance, "backend", {"backend": backend})
    register_blueprints(application_instance)
    server = make_server("127.0.0.1", 0, application_instance, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield TaxiiServer(server.server_port)
    finally:
        server.shutdown()
        thread.join(5)
