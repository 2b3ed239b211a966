"""Handing a file to a browser so that it can do nothing there but be looked at."""

from __future__ import annotations

from hashlib import sha256

from django.http import FileResponse, HttpRequest, HttpResponseBase

from balcao.platform.files.models import StoredFile
from balcao.platform.files.ranges import in_part

KEPT = "private, no-cache"  # the browser may keep it, and asks each time whether this person may still see it
PUBLIC = "public, max-age=60, must-revalidate"  # seconds: what is withdrawn is gone within a minute everywhere


def serve(
    stored: StoredFile,
    inline: bool = True,
    *,
    request: HttpRequest | None = None,
    thumbnail: bool = False,
    public: bool = False,
) -> HttpResponseBase:
    """The response with the content, or the part of it that `request` asks for. Who may see it was decided by the
    caller. Only pictures are ever shown in place; everything else is offered for saving. A thumbnail is asked for only
    when there is one. `public`: everybody may see it, and anything between us may keep it for a minute."""
    content = stored.thumbnail if thumbnail else stored.file
    picture = stored.kind == "image"
    response = FileResponse(
        content.open("rb"),
        content_type="image/webp" if thumbnail else stored.mime,
        as_attachment=not (inline and picture),
        filename=stored.name,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = PUBLIC if public else KEPT
    if request is None:
        return response
    # of these bytes under this name: what a reader without a permission gets is another file
    etag = sha256(f"{stored.sha256}:{content.name}:{stored.name}".encode()).hexdigest()[:32]
    return in_part(request, response, size=content.size, etag=f'"{etag}"')
