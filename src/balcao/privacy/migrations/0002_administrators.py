"""The administrators of an installation that is there already get the new permission; nobody else does."""

from django.db import migrations


def give(apps, schema_editor):
    for role in apps.get_model("organization", "Role").objects.filter(slug="administrator"):
        if "privacy.manage" not in role.permissions:
            role.permissions = sorted([*role.permissions, "privacy.manage"])
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
