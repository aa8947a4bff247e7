"""A MISP server as its published REST contract has it (https://www.misp-project.org/openapi/), as far as it is asked.

It refuses what the real one refuses: requests without the key, unknown events, and search on events by anything but
POST with a JSON body. Events that are not published are shown only to who asks for them.
"""

import json
from typing import Any

from aiohttp import web

KEY = "d" * 40
VERSION = "2.5.34"


class MispServer:
    """The events of the server, by uuid, and what it was asked."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.searches: list[dict[str, Any]] = []
        self.views: list[str] = []
        for event in events:
            self.put(event)

    def put(self, event: dict[str, Any]) -> None:
        """Have an event, in the place of its former version."""
        self.events[event["Event"]["uuid"]] = event

    async def answer(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911 - one for each request
        """One request."""
        if request.headers.get("Authorization") != KEY:
            return _json({"name": "Authentication failed. Please make sure you pass the API key"}, status=403)
        parts = request.path.strip("/").split("/")
        match [request.method, *parts]:
            case ["GET", "servers", "getVersion"]:
                return _json({"version": VERSION, "perm_sync": False, "pymisp_recommended_version": VERSION})
            case ["GET", "users", "view", "me"]:
                return _json({"User": {"id": "1", "email": "leerp@centre.example"}, "Role": {}, "UserSetting": []})
            case ["GET", "attributes", "describeTypes.json"]:
                return _json({"errors": "not here"}, status=404)
            case ["POST", "events", "restSearch"]:
                return _json({"response": self._found(json.loads(await request.read()))})
            case ["GET", "events", "view", uuid]:
                self.views.append(uuid)
                known = self.events.get(uuid)
                return _json(known) if known else _json({"name": "Invalid event"}, status=404)
        return _json({"name": "Not Found"}, status=404)

    def _found(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        self.searches.append(asked)
        found = [event["Event"] for event in self.events.values() if _matches(event["Event"], asked)]
        limit, page = int(asked["limit"]), int(asked["page"])
        keep = ("uuid", "info", "timestamp", "published")
        return [{"Event": {key: one[key] for key in keep}} for one in found[(page - 1) * limit : page * limit]]


def _matches(event: dict[str, Any], asked: dict[str, Any]) -> bool:
    names = {tag["name"] for tag in event["Tag"]}
    return (
        names & set(asked["tags"]) != set()
        and int(event["timestamp"]) >= int(asked.get("timestamp") or 0)
        and (not asked.get("published") or event["published"])
    )


def _json(value: object, *, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
