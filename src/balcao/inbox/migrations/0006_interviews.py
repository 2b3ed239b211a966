"""An agency's interviews by version; a published version does not change."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from balcao.platform.settled import unwatch_sql, watch_sql

KEEP = """
CREATE FUNCTION inbox_interview_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published interview does not change: people may be in the middle of it';
END $$;
CREATE TRIGGER interview_stays BEFORE UPDATE ON inbox_interview
FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION inbox_interview_stays();
"""
RELEASE = "DROP TRIGGER interview_stays ON inbox_interview; DROP FUNCTION inbox_interview_stays();"


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0005_who_may_attend"),
        ("organization", "0006_key_made_by"),
        ("platform", "0004_settled"),
    ]

    operations = [
        migrations.AlterField(
            model_name="line",
            name="interview",
            field=models.CharField(
                blank=True,
                help_text="the slug of one of the agency's, or service:SLUG for a service's own questions; empty: none",
                max_length=120,
                verbose_name="interview that comes first",
            ),
        ),
        migrations.CreateModel(
            name="Interview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("version", models.PositiveIntegerField()),
                ("definition", models.JSONField()),
                (
                    "source",
                    models.TextField(
                        blank=True, help_text="as it was written, with its comments; empty: it came as data"
                    ),
                ),
                ("published_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interviews",
                        to="organization.agency",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "slug", "version"), name="interview_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at", None)),
                        fields=("agency", "slug"),
                        name="interview_one_draft",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP, RELEASE),
        migrations.RunSQL(watch_sql("inbox_interview"), unwatch_sql("inbox_interview")),
    ]
