"""What everybody may see of somebody else's demand, once it was reviewed."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from balcao.cases.public import published_photo
from balcao.platform.files.serving import serve
from balcao.web.public import public_page

from .shell import PortalRequest


@require_safe
@public_page
def photo(request: PortalRequest, uuid: UUID) -> HttpResponseBase:
    """A published photo, `?p=1` for the small picture. Under a name of ours: the sender's own may tell who they are."""
    found = published_photo(agency_id=request.agency.pk, uuid=uuid)
    if found is None:
        raise Http404
    found.name = f"{uuid.hex[:8]}.{found.mime.rpartition('/')[2]}"
    small = bool(request.GET.get("p")) and bool(found.thumbnail)
    return serve(found, request=request, thumbnail=small, public=True)
