import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_short_pending_list"),
        ("catalog", "0003_waiting_time"),
        ("citizens", "0003_fewer_indexes"),
        ("clocks", "0003_paused_ones"),
        ("organization", "0007_keys_settled"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="answer",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="answer",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers_given",
                to="cases.case",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="attendant",
            field=models.ForeignKey(
                db_index=False,
                help_text="who opened it or took it on",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="contact",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="citizens.contactpoint",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="primary",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followers",
                to="cases.case",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="reporter",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="citizens.person",
            ),
        ),
        migrations.AlterField(
            model_name="remark",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("reporter__isnull", False)), fields=["reporter"], name="case_reporter"
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("contact__isnull", False)), fields=["contact"], name="case_contact"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("primary__isnull", False)), fields=["primary"], name="case_primary"),
        ),
        # Django's own, for a search by the beginning of a number: nobody searches so
        migrations.RunSQL("DROP INDEX IF EXISTS cases_case_protocol_4c10bdf4_like", migrations.RunSQL.noop),
    ]
