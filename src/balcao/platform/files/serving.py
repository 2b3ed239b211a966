"""Handing a file to a browser so that it can do nothing there but be looked at."""

from __future__ import annotations

from django.http import FileResponse

from balcao.platform.files.models import StoredFile


def serve(stored: StoredFile, inline: bool = True, *, thumbnail: bool = False) -> FileResponse:
    """The response with the content. Who may see it was decided by the caller. Only pictures are ever shown in place;
    everything else is offered for saving. A thumbnail is asked for only when there is one."""
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
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
