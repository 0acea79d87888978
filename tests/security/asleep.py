"""The application with its views put to sleep: they only say that they were reached, so the door alone is judged."""

from __future__ import annotations

from typing import Any

from engine import app as hall


class Asleep:
    """An application of its own over the fort; `.reached` are the endpoints that requests got to."""

    def __init__(self, fort: Any):
        self.fort, self.app, self.reached = fort, hall.create_app(fort.site), []
        for endpoint, view in list(self.app.view_functions.items()):
            self.app.view_functions[endpoint] = self._asleep(endpoint, view.access)

    def _asleep(self, endpoint: str, access: str) -> Any:
        def view(**place: str) -> str:
            self.reached.append(endpoint)
            return ""

        view.access = access
        return view

    def lets_in(self, client: Any, method: str, path: str, **more: Any) -> bool:
        """Did the request reach a view?"""
        self.reached.clear()
        client.open(path, method=method, **more)
        return bool(self.reached)
