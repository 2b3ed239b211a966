"""A case's files, for who may see the case."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from balcao.cases.models import Attachment
from balcao.cases.seal import openable
from balcao.console.shell import StaffRequest, staff_page
from balcao.platform.audit import log_read
from balcao.platform.files.serving import serve

from .reading import case_for


@require_safe
@staff_page("case.read", "order.read")
def file(request: StaffRequest, pk: int, uuid: UUID) -> HttpResponseBase:
    """One file of a case; `?small` its thumbnail, or the part that the browser asks for. Opening it is
    logged, its thumbnail is not."""
    case = case_for(request.actor, pk)
    attachment = get_object_or_404(Attachment.objects.select_related("file"), case=case, file__uuid=uuid)
    small = "small" in request.GET and bool(attachment.file.thumbnail)
    if not small:
        log_read(
            actor=request.actor,
            subject="file",
            ids=[attachment.file_id],
            purpose="case file",
            agency_id=case.agency_id,
        )
    return serve(openable(attachment.file, case=case, actor=request.actor), request=request, thumbnail=small)
