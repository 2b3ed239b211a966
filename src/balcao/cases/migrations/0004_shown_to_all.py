from django.db import migrations, models

# The facts that change what everybody sees (`cases.shown.CHANGES`), by moment: Open311's `updated_after` and
# `servicerequestupdates`. By hand, because the table is platform's, which knows no cases.
KINDS = (
    "'CaseOpened','CaseClassified','CaseDispatched','CaseTransferred','CaseGivenBack','CaseMerged','CaseParted',"
    "'CaseReopened','CaseClosed','CasePublished','CaseUnpublished'"
)
MAKE = (
    f"CREATE INDEX case_changes ON platform_event (agency_id, at, id) WHERE case_id IS NOT NULL AND kind IN ({KINDS})"
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_search_by_said_name"),
        ("platform", "0003_file_signed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["agency", "-opened_at", "-id"], name="case_newest"),
        ),
        migrations.RunSQL(MAKE, "DROP INDEX case_changes"),
    ]
