"""What a GeoReport server is told beside the demand: that it is not wanted any more, and which files are public."""

import io

import pytest
from django.utils import timezone
from PIL import Image

from balcao.cases.actions import merge_case, publish_case
from balcao.cases.models import Attachment, Case, Remark
from balcao.channels.open311.models import Media
from balcao.platform.files.actions import store_file
from balcao.platform.models import Fault
from balcao.workorders.models import RemoteOrder

from .conftest import key_for
from .test_forwarding import Plain, legacy, other, outside_here, send_all, system_of  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def png() -> io.BytesIO:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(kept, "PNG")
    kept.seek(0)
    return kept


def test_a_joined_demands_order_is_called_off_by_an_update_once(world, other, live_server, outside_here):  # noqa: F811
    system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    first, again = world.open(description="A dry tree"), world.open(description="The same tree")
    Case.objects.filter(agency=world.agency).update(address="Rua das Flores, 12")
    send_all()
    merge_case(actor=world.actor("supervisor"), case=Case.objects.get(pk=again.pk), primary=first)
    for _n in range(3):
        send_all()
    assert RemoteOrder.objects.get(order__case=again).state == "off", RemoteOrder.objects.values("last_error")
    assert RemoteOrder.objects.get(order__case=first).state == "sent"
    there = Case.objects.get(agency=other.agency, description__startswith="The same tree")
    said = Remark.objects.get(case=there)
    assert f"[{again.protocol}/1]" in said.text and "Cancelled" in said.text
    assert there.state != "closed", "what the other city does with it is theirs to decide"


def test_a_server_without_updates_is_told_by_hand(world, legacy, outside_here):  # noqa: F811
    system = system_of(world, legacy)
    case = world.open()
    order = case.orders.get()
    RemoteOrder.objects.create(order=order, system=system, state="sent", reference="L-7", made_at=timezone.now())
    Plain.refuses = 404
    first = world.open()
    merge_case(actor=world.actor("supervisor"), case=case, primary=first)
    RemoteOrder.objects.exclude(order=order).delete()
    send_all()
    fault = Fault.objects.get(key__startswith="off:")
    assert (fault.data["reference"], fault.case_id) == ("L-7", case.pk) and "takes no updates" in fault.reason


def test_files_go_along_only_where_everybody_may_see_them(world, other, live_server, outside_here):  # noqa: F811
    world.agency.refresh_from_db()
    system_of(world, f"{live_server.url}/open311/v2", secret=key_for(other))
    files = [
        store_file(actor=world.citizen, agency_id=world.agency.pk, upload=png(), name=n) for n in ("a.png", "b.png")
    ]
    case = world.open(description="A dry tree", files=files)
    chosen = Attachment.objects.get(case=case, file=files[0])
    publish_case(actor=world.actor("supervisor"), case=case, text="A dry tree", photos=[chosen.pk], exact_place=False)
    Case.objects.filter(pk=case.pk).update(address="Rua das Flores, 12")
    send_all()
    there = Case.objects.get(agency=other.agency)
    (media,) = Media.objects.filter(case=there)
    assert media.url == f"http://nossa.example.org:8000/perto/foto/{files[0].uuid}/"
    assert "(1 file stays with us: it is not public.)" in there.description
    assert str(files[1].uuid) not in there.description
