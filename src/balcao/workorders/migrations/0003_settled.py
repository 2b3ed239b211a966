"""What opening a case asks for: any change of it ends what the processes remember."""

from django.db import migrations

from balcao.platform.settled import unwatch_sql, watch_sql

TABLES = (
    "organization_agency",
    "organization_area",
    "organization_place",
    "organization_workingcalendar",
    "organization_holiday",
    "citizens_prioritygroup",
    "catalog_servicegroup",
    "catalog_service",
    "catalog_serviceversion",
    "catalog_template",
    "workorders_responsibilityrule",
)


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0004_settled"),
        ("organization", "0001_initial"),
        ("citizens", "0001_initial"),
        ("catalog", "0001_initial"),
        ("workorders", "0002_report_key"),
    ]

    operations = [migrations.RunSQL(watch_sql(*TABLES), unwatch_sql(*TABLES))]
