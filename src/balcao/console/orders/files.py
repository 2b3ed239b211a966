"""The photos of an order: those of its case and those of its reports, for whoever may see the order."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponseBase

from balcao.cases.models import Attachment
from balcao.cases.seal import openable
from balcao.console.shell import StaffRequest, staff_page
from balcao.platform.audit import log_read
from balcao.platform.files.serving import serve
from balcao.platform.models import StoredFile
from balcao.workorders.models import ReportPhoto, WorkOrder


@staff_page("order.read")
def one(request: StaffRequest, order_id: int, uuid: UUID) -> HttpResponseBase:
    """The file itself or the part that the browser asks for, or its small picture with `?small=1`."""
    order = WorkOrder.objects.visible_to(request.actor).select_related("case").filter(pk=order_id).first()
    if order is None:
        raise Http404
    held = Q(pk__in=Attachment.objects.filter(case_id=order.case_id).values("file"))
    held |= Q(pk__in=ReportPhoto.objects.filter(report__order__case_id=order.case_id).values("file"))
    stored = StoredFile.objects.visible_to(request.actor).filter(held, uuid=uuid).first()
    if stored is None:
        raise Http404
    small = request.GET.get("small") == "1" and bool(stored.thumbnail)
    if not small:
        log_read(actor=request.actor, subject="file", ids=[stored.pk], purpose="order", agency_id=order.agency_id)
    return serve(openable(stored, case=order.case, actor=request.actor), request=request, thumbnail=small)
