"""Walking the form as a browser without JavaScript does."""

from __future__ import annotations

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from balcao.catalog.models import Service
from balcao.organization.models import Place


#: Two districts side by side, the sea to the east of them.
def _box(west: float, east: float) -> dict[str, Any]:
    corners = [(west, -23.6), (east, -23.6), (east, -23.5), (west, -23.5), (west, -23.6)]
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]}


WEST, EAST = _box(-46.7, -46.65), _box(-46.65, -46.6)
PIN = {"location.lat": "-23.550000", "location.lon": "-46.630000"}


def draw_city(world: Any) -> None:
    """Give the world's district a polygon, and a neighbour."""
    world.district.boundary = EAST
    world.district.save()
    Place.objects.create(agency=world.agency, kind="district", slug="oeste", name="Oeste", boundary=WEST)
    from balcao.organization.places import POLYGONS

    POLYGONS.forget(world.agency.pk)


def photo(name: str = "foto.jpg", size: tuple[int, int] = (64, 48)) -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, "green").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/jpeg")


class Walker:
    """One person's browser."""

    def __init__(self, service: Service, client: Client | None = None) -> None:
        self.service, self.client = service, client or Client()

    def url(self, word: str) -> str:
        return f"/pedir/{self.service.slug}/{word}/"

    def post(self, word: str, **fields: Any) -> Any:
        """One page of the form, not following where it leads."""
        return self.client.post(self.url(word), fields)

    def what(self, description: str = "Árvore seca, vai cair na calçada", kind: str = "reclamacao", **more: Any) -> Any:
        return self.post("o-que", kind=kind, description=description, **more)

    def where(self, **fields: Any) -> Any:
        fields = fields or {"location.address": "Rua das Flores", "location.number": "10"}
        return self.client.post(self.url("onde"), fields)

    def files(self, *uploads: Any) -> Any:
        return self.post("arquivos", files=list(uploads))

    def who(self, **fields: Any) -> Any:
        person = {"who": "identified", "who_name": "Maria das Dores", "who_email": "maria@example.org", "consent": "on"}
        return self.post("voce", **(person | {"answer_by": "email"} | fields))

    def fill(self) -> None:
        """To the review, in the shortest way."""
        self.what()
        self.where()
        self.files()
        response = self.who()
        assert response["Location"].endswith("/revisar/"), (response.status_code, response["Location"])

    def send(self) -> Any:
        return self.client.post(self.url("enviar"), {"draft": self.draft()})

    def draft(self) -> str:
        cookie = self.client.cookies.get(f"pedido-{self.service.pk}")
        value = cookie.value if cookie else ""
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}" if value else ""

    def confirmation(self) -> tuple[str, str]:
        """Send; protocol and access code as they are shown."""
        page = self.client.get(self.send()["Location"]).content.decode()
        found = re.search(r"data-protocol>([^<]+)<", page), re.search(r"data-access-code>([^<]+)<", page)
        assert all(found), page[:3000]
        return found[0][1], found[1][1]  # type: ignore[index]
