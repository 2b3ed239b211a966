"""Every installation starts with the legal priorities of both countries."""

from django.db import migrations

from balcao.citizens.priorities import install


def forwards(apps, schema_editor):
    install(apps.get_model("citizens", "PriorityGroup").objects)


class Migration(migrations.Migration):
    dependencies = [("citizens", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
