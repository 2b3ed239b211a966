"""An administrator changes the settings: nothing typed is lost, what was before is remembered, what hangs is named."""

import io
import json
from datetime import date

import pytest
from django.urls import reverse

from balcao.catalog.models import Service, Template
from balcao.console.settings.calendars import days_ahead, read_hours
from balcao.organization.actions import change_holiday
from balcao.organization.models import Agency, Area, Holiday, Place, WorkingCalendar
from balcao.platform.models import Revision
from balcao.workorders.models import ResponsibilityRule

SQUARE = {"type": "Polygon", "coordinates": [[[-48.6, -22.1], [-48.5, -22.1], [-48.5, -22.0], [-48.6, -22.1]]]}


def url(name, *args):
    return reverse(f"console:settings_{name}", args=args)


def test_an_area_is_added_renamed_and_its_history_tells_it(world, admin):
    admin.post(url("area_new"), {"name": "Água e Esgoto", "is_active": "on"})
    area = Area.objects.get(name="Água e Esgoto")
    assert area.slug == "agua-e-esgoto" and area.agency == world.agency
    seen = admin.get(url("area", area.pk)).context["seen"]
    admin.post(url("area", area.pk), {"name": "Saneamento", "is_active": "on", "seen": seen})
    page = admin.get(url("area", area.pk)).content.decode()
    assert "from “Água e Esgoto” to “Saneamento”" in page and world.staff["administrator"].name in page
    assert "Saneamento" in admin.get(url("history")).content.decode()


def test_two_colleagues_never_overwrite_each_other_unseen(world, admin):
    area = world.roads
    first = admin.get(url("area", area.pk)).context["seen"]
    admin.post(url("area", area.pk), {"name": "Ruas", "is_active": "on", "seen": first})
    late = admin.post(url("area", area.pk), {"name": "Estradas", "is_active": "on", "seen": first})
    assert late.status_code == 200 and "Somebody else changed this" in late.content.decode()
    assert "Estradas" in late.content.decode() and Area.objects.get(pk=area.pk).name == "Ruas"
    admin.post(url("area", area.pk), {"name": "Estradas", "is_active": "on", "seen": late.context["seen"]})
    assert Area.objects.get(pk=area.pk).name == "Estradas"


def test_an_area_with_open_orders_or_rules_is_not_switched_off(world, admin):
    case = world.open()
    response = admin.post(url("area", world.trees.pk), {"name": world.trees.name})
    page = response.content.decode()
    assert response.status_code == 200 and case.protocol in page and "rules of the matrix" in page
    assert Area.objects.get(pk=world.trees.pk).is_active
    admin.post(url("area", world.roads.pk), {"name": world.roads.name})
    assert not Area.objects.get(pk=world.roads.pk).is_active


def test_an_area_never_stands_below_itself(world, admin):
    response = admin.post(url("area", world.parent.pk), {"name": "x", "parent": world.trees.pk, "is_active": "on"})
    assert "below itself" in response.content.decode()


def test_what_is_used_is_not_removed(world, admin):
    page = admin.post(url("area_remove", world.trees.pk), follow=True).content.decode()
    assert "still used" in page and Area.objects.filter(pk=world.trees.pk).exists()
    world.open()
    assert "still used" in admin.post(url("service_remove", world.service.pk), follow=True).content.decode()
    admin.post(url("service_remove", world.unrouted.pk))
    assert not Service.objects.filter(pk=world.unrouted.pk).exists()


CHARTER = {
    "who_may_ask": "w", "what_is_needed": "n", "steps": "1", "how_long": "30", "channels": "c",
    "cost": "0",
}  # fmt: skip


def new_service(admin, world, **changes):
    form = {"name": "Plantio", "group": world.service.group_id, "kinds": ["solicitacao"], "location": "optional",
            "position": "0", "summary": "s"} | changes  # fmt: skip
    return admin.post(url("service_new"), form)


def test_a_service_is_written_part_by_part_and_published_with_its_whole_charter(world, admin):
    response = new_service(admin, world)
    service = Service.objects.get(name="Plantio")
    assert response["Location"] == url("service_charter", service.pk) and service.current.number == 1
    half = CHARTER | {"steps": "", "cost": ""}
    assert admin.post(url("service_charter", service.pk), half)["Location"] == url("service_deadline", service.pk)
    terms = {"rule": "lei-13460", "area_rule": "lei-13460-area"}
    assert admin.post(url("service_deadline", service.pk), terms)["Location"] == url("questions", service.pk)
    page = admin.post(url("service_publish", service.pk), {"is_published": "on"}).content.decode()
    assert "not published yet" in page and "what it costs" in page and "step by step" in page
    assert "Nobody takes care of it yet" in page and "Write the charter" in page
    admin.post(url("service_charter", service.pk), CHARTER)
    assert admin.post(url("service_publish", service.pk), {"is_published": "on"}).status_code == 302
    service.refresh_from_db()
    assert service.is_published and service.summary == "s" and service.kinds == ["solicitacao"]
    # published: a part that is changed stays where it is
    assert admin.post(url("service_charter", service.pk), CHARTER)["Location"] == url("service_charter", service.pk)
    assert "kinds" in new_service(admin, world, kinds=[]).context["form"].errors


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "31"}, "amount"),
        ({"rule": "livro-amarelo"}, "rule"),
        ({"rule": "working-days"}, "amount"),
        ({"area_amount": "0"}, "area_amount"),
    ],
)
def test_a_promise_must_fit_the_law(world, admin, changes, field):
    form = {"rule": "lei-13460", "area_rule": "lei-13460-area"} | changes
    response = admin.post(url("service_deadline", world.service.pk), form)
    assert response.status_code == 200 and field in response.context["form"].errors, response.context["form"].errors
    folded = [opened for _legend, _help, _fields, opened in response.context["folded"]]
    assert folded == [field.startswith("area")]  # what is wrong is never folded away


def test_the_deadline_of_an_open_case_survives_a_shorter_promise(world, admin):
    case = world.open()
    promised = case.deadline.due_at
    form = {"rule": "lei-13460", "area_rule": "lei-13460-area", "amount": "5"}
    assert admin.post(url("service_deadline", world.service.pk), form).status_code == 302
    case.deadline.refresh_from_db()
    world.service.refresh_from_db()
    assert case.deadline.due_at == promised and world.open().deadline.due_at < promised


def test_an_area_that_has_longer_than_the_promise_is_told_on_the_form_the_page_and_the_list(world, admin):
    form = {"rule": "lei-13460", "area_rule": "lei-13460-area", "amount": "5"}
    warning = "no time is left to read the answer"
    pages = [url("service_deadline", world.service.pk), url("service_publish", world.service.pk), url("services")]
    assert not any("has longer than the citizen" in admin.get(page).content.decode() for page in pages)
    saved = admin.post(pages[0], form, follow=True).content.decode()
    assert warning in saved
    for page in pages:
        assert "The area has longer than the citizen is promised" in admin.get(page).content.decode()
    admin.post(pages[0], form | {"area_amount": "3"})
    assert not any("has longer than the citizen" in admin.get(page).content.decode() for page in pages)


def test_a_rule_is_tried_before_it_is_saved(world, admin):
    case = world.open()
    rule = ResponsibilityRule.objects.get(service=world.service)
    form = {"service": world.service.pk, "area": world.roads.pk, "is_active": "on"}
    page = admin.post(url("rule", rule.pk), form | {"try": "1"})
    assert [c.case.pk for c in page.context["trial"].changes] == [case.pk]
    assert ResponsibilityRule.objects.get(pk=rule.pk).area == world.trees
    admin.post(url("rule", rule.pk), form)
    assert ResponsibilityRule.objects.get(pk=rule.pk).area == world.roads
    assert Area.objects.get(pk=case.orders.get().area_id) == world.trees  # what is issued stays


def test_a_draft_order_changes_nothing_until_it_is_used(world, admin):
    first = ResponsibilityRule.objects.get(service=world.service)
    second = ResponsibilityRule.objects.create(agency=world.agency, position=2, area=world.roads)
    world.open()
    order = f"{second.pk}-{first.pk}"
    page = admin.get(url("matrix"), {"order": order})
    assert len(page.context["trial"].changes) == 1
    assert list(ResponsibilityRule.objects.values_list("pk", flat=True)) == [first.pk, second.pk]
    admin.post(url("matrix_order"), {"order": order})
    assert list(ResponsibilityRule.objects.values_list("pk", flat=True)) == [second.pk, first.pk]
    gone = admin.post(url("matrix_order"), {"order": f"{second.pk}-999999"}, follow=True)
    assert "Someone changed this" in gone.content.decode()


def test_the_dry_run_says_which_rule_hits_and_why_the_others_do_not(world, admin):
    ResponsibilityRule.objects.update(position=2)
    ResponsibilityRule.objects.create(agency=world.agency, position=1, place=world.district, area=world.roads)
    page = admin.get(url("matrix_try"), {"service": world.service.pk, "kind": "solicitacao"}).content.decode()
    assert "Arborização must act, by rule 2" in page and "It is for Centro only" in page
    case = world.open()
    page = admin.get(url("matrix_try"), {"protocol": case.protocol}).content.decode()
    assert "Today this case is with Arborização" in page
    assert "no case with this number" in admin.get(url("matrix_try"), {"protocol": "123"}).content.decode()


def test_a_point_finds_its_district(world, admin):
    Place.objects.filter(pk=world.district.pk).update(boundary=SQUARE)
    rule = ResponsibilityRule.objects.create(agency=world.agency, position=0, place=world.district, area=world.roads)
    asked = {"service": world.service.pk, "lat": "-22.05", "lon": "-48.53"}
    assert admin.get(url("matrix_try"), asked).context["result"].rule == rule


def test_the_cases_that_no_rule_caught_are_asked_again(world, admin):
    case = world.open(service=world.unrouted)
    assert "Outros assuntos" in admin.get(url("matrix")).content.decode()
    ResponsibilityRule.objects.create(agency=world.agency, position=9, area=world.roads)
    admin.post(url("matrix_again"))
    case.refresh_from_db()
    assert case.area == world.roads and case.orders.count() == 1


def test_districts_come_from_geojson_and_again_change_nothing(world, admin):
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"nome": name}, "geometry": SQUARE} for name in ("Centro", "Vila Nova")
        ],
    }

    def send(data):
        file = io.BytesIO(data if isinstance(data, bytes) else json.dumps(data).encode())
        file.name = "districts.geojson"
        return admin.post(url("places_import"), {"file": file})

    assert send(collection).status_code == 302
    assert Place.objects.get(slug="centro").boundary == SQUARE and Place.objects.count() == 2
    before = Revision.objects.count()
    send(collection)
    assert Revision.objects.count() == before
    assert len(admin.get(url("places_map")).json()["features"]) == 2
    for bad in (b"no json", {"features": []}, {"features": [{"properties": {}, "geometry": SQUARE}]}):
        assert send(bad).status_code == 200
    collection["features"][0]["geometry"] = {"type": "Point", "coordinates": [0, 0]}
    assert "District number 1" in send(collection).content.decode()


def test_a_calendar_keeps_several_hours_a_day_and_its_own_days(world, admin):
    calendar = WorkingCalendar.objects.get()
    form = {"name": "E", "timezone": "America/Sao_Paulo", "country": "BR", "subdivision": "SP", "is_default": "on"}
    hours = {"day0": "7h-11h, 12:30–16", "day1": "", "day5": "08:00–12:00"}
    assert admin.post(url("calendar", calendar.pk), form | hours).status_code == 302
    calendar.refresh_from_db()
    assert calendar.weekly[0] == [["07:00", "11:00"], ["12:30", "16:00"]] and calendar.weekly[1] == []
    bad = admin.post(url("calendar", calendar.pk), form | {"day0": "8-12, 11-13"})
    assert "day0" in bad.context["form"].errors
    assert "subdivision" in admin.post(url("calendar", calendar.pk), form | hours | {"subdivision": "ZZ"}).context[
        "form"
    ].errors  # fmt: skip
    day = {"date": "2026-08-24", "name": "Aniversário", "kind": "holiday", "yearly": "on"}
    admin.post(url("day_add", calendar.pk), day)
    assert "in the list already" in admin.post(url("day_add", calendar.pk), day).content.decode()
    ahead = days_ahead(calendar, date(2026, 8, 24), 3)
    assert ahead[0]["hours"] == "" and ahead[0]["why"] == "Aniversário"
    admin.post(url("day_remove", Holiday.objects.get().pk))
    assert not Holiday.objects.exists()


def test_a_day_that_comes_and_goes_stands_in_its_calendars_own_history(world, admin):
    calendar = WorkingCalendar.objects.get()
    day = {"date": "2026-08-24", "name": "Aniversário", "kind": "holiday", "yearly": "on"}
    admin.post(url("day_add", calendar.pk), day)
    holiday = calendar.holidays.get()
    holiday.name = "Aniversário da cidade"
    change_holiday(actor=world.actor("administrator"), holiday=holiday)
    admin.post(url("day_remove", holiday.pk))
    other = WorkingCalendar.objects.create(agency=world.agency, slug="outro", name="Outro")
    told = [entry["title"] for entry in admin.get(url("calendar", calendar.pk)).context["history"]]
    assert told == [
        "Calendar day “Aniversário da cidade”: removed",
        "Calendar day “Aniversário da cidade”: changed",
        "Calendar day “Aniversário”: added",
    ]
    assert admin.get(url("calendar", other.pk)).context["history"] == []


def test_hours_are_read_as_people_write_them():
    assert read_hours("8h às 12h e 13h30–17h") == [["08:00", "12:00"], ["13:30", "17:00"]]
    assert read_hours("") == []
    for wrong in ("morning", "8-25", "12-8", "8-12 11-13"):
        with pytest.raises(ValueError):
            read_hours(wrong)


def test_a_letter_is_previewed_saved_and_reset(world, admin):
    page = url("letter", "answer") + "?outcome=solved&locale=pt-br"
    form = {"subject": "Pronto", "body": "Oi {{ person }}, {{ report }}"}
    shown = admin.post(page, form | {"preview": "1"})
    assert "Oi Maria" in shown.content.decode() and not Template.objects.exists()
    admin.post(page, form)
    assert Template.objects.get().version == 1
    admin.post(page, form | {"body": "Olá {{ person }}"})
    assert Template.objects.get().version == 2
    assert "no field called senha" in admin.post(page, form | {"body": "{{ senha }}"}, follow=True).content.decode()
    admin.post(url("letter_reset", "answer") + "?outcome=solved&locale=pt-br")
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    ("country", "terms"),
    [
        ("BR", ("lei-13460", None, "lei-13460-area", None, "")),
        ("PT", ("livro-amarelo", None, "working-days", 10, "working_days")),
    ],
)
def test_a_new_service_begins_with_the_deadline_of_the_law(world, admin, country, terms):
    Agency.objects.update(jurisdiction=country)
    assert new_service(admin, world).status_code == 302
    made = Service.objects.get(name="Plantio")
    assert (made.rule, made.amount, made.area_rule, made.area_amount, made.area_unit) == terms


def test_the_history_names_a_rule_by_what_it_says_and_not_by_its_number(world, admin):
    admin.post(url("rule_new"), {"area": world.roads.pk, "is_active": "on", "note": ""})
    assert f"Any service → {world.roads.name}" in admin.get(url("history")).content.decode()
