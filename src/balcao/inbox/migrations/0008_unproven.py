"""Conversations of which only a mail's From says who writes. Those by e-mail until now mixed both: they are marked."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("inbox", "Conversation").objects.filter(channel="email").update(proven=False)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0007_account_origins")]

    operations = [
        migrations.AddField(
            "conversation",
            "proven",
            models.BooleanField(default=True, db_default=True, help_text="false: only a mail's From says who writes"),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
