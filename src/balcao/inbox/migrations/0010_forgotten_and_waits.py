from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0009_canned_replies")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="forgotten_at",
            field=models.DateTimeField(help_text="when its words were taken out of it", null=True),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("forgotten_at", None)),
                fields=["agency", "closed_at"],
                name="conversation_kept",
            ),
        ),
        migrations.AddIndex(
            model_name="wait",
            index=models.Index(fields=["line", "ended_at"], name="wait_ended"),
        ),
    ]
