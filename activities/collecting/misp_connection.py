"""How PyMISP, which asks through requests, is kept to where it may go: the same rules as for every other request."""

import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection

from leerp.errors import BadInputError
from notifications.destinations import Rules, UnfitDestinationError, address_of

_PIECE = 64 * 1024

for _talkative in ("pymisp", "urllib3"):  # they log what servers say, and no log holds content
    logging.getLogger(_talkative).setLevel(logging.CRITICAL + 1)


class Connection(HTTPSConnection):
    """A connection to an address that was judged, and to no other that the name may lead to a moment later."""

    def __init__(self, *words: Any, rules: Rules, **more: Any) -> None:  # noqa: ANN401 - urllib3's own
        super().__init__(*words, **more)
        self._rules = rules

    def _new_conn(self) -> socket.socket:
        port = self.port or 443
        found = socket.getaddrinfo(self._dns_host, port, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        for address in addresses:
            wrong = self._rules.refusal(self.host, port, address_of(address))
            if wrong:
                raise UnfitDestinationError(wrong)
        timeout = self.timeout if isinstance(self.timeout, int | float) else None
        return socket.create_connection((addresses[0], port), timeout)


class GuardedAdapter(HTTPAdapter):
    """Carries the requests of one client, by no proxy and no redirect, and reads so much of an answer and no more.

    `seconds`: for each request with its answer. `fault`: why the last request was not carried; PyMISP hides it.
    """

    def __init__(self, rules: Rules, *, seconds: float, most_bytes: int) -> None:
        self._rules = rules
        self._seconds = seconds
        self._most_bytes = most_bytes
        self.fault: str | None = None
        self.status: int | None = None
        self.date: str | None = None
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *words: Any, **more: Any) -> None:  # noqa: ANN401 - requests' own
        """With connections that look where they go."""
        super().init_poolmanager(*words, **more)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"https": partial(_pool, rules=self._rules)}  # type: ignore[dict-item]  # called alike

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the same
        timeout: Any = None,  # noqa: ANN401, ARG002 - the same
        verify: bool | str = True,
        cert: Any = None,  # noqa: ANN401 - the same
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - there is none
    ) -> requests.Response:
        """One request. Raises UnfitDestinationError, BadInputError or what requests raises."""
        deadline = time.monotonic() + self._seconds
        try:
            self._rules.destination(str(request.url))
            request.headers["Accept-Encoding"] = "identity"
            response = super().send(request, stream=True, timeout=self._seconds, verify=verify, cert=cert, proxies={})
            with contextlib.closing(response):
                self._check(response)
                response._content = self._content(response, deadline)  # noqa: SLF001 - requests has no other limit
        except BadInputError as error:
            self.fault = error.sentence
            raise
        return response

    def _check(self, response: requests.Response) -> None:
        self.status, self.date = response.status_code, response.headers.get("date")
        if response.is_redirect:
            raise BadInputError("redirects elsewhere; put the final address into sources.yaml")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise BadInputError("sends what is compressed though it was not asked to")

    def _content(self, response: requests.Response, deadline: float) -> bytes:
        content = bytearray()
        while piece := response.raw.read(_PIECE):
            content += piece
            if len(content) > self._most_bytes:
                raise BadInputError(f"sends more than {self._most_bytes // 2**20} MiB at once")
            if time.monotonic() > deadline:
                raise BadInputError(f"did not answer within {self._seconds:.0f} s")
        return bytes(content)


def _pool(*words: Any, rules: Rules, **more: Any) -> HTTPSConnectionPool:  # noqa: ANN401 - urllib3's own
    pool = HTTPSConnectionPool(*words, **more)
    pool.ConnectionCls = partial(Connection, rules=rules)  # type: ignore[assignment]  # called alike
    return pool


class OwnKey(AuthBase):
    """Keeps requests from looking for other credentials on this machine; the key is in a header already."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As it is."""
        return request


FAULTS = (requests.RequestException, OSError, ssl.SSLError, ValueError, KeyError, TypeError, AttributeError)
"""What asking through requests, and PyMISP's reading of a strange answer, may raise."""
