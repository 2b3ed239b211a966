"""A service may take what fits nowhere else; until now the portal guessed it from the address."""

from django.db import migrations, models

SLUGS = ("outros", "outros-assuntos", "outro-assunto")


def mark(apps, schema_editor):
    apps.get_model("catalog", "Service").objects.filter(slug__in=SLUGS).update(is_catch_all=True)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="service",
            name="is_catch_all",
            field=models.BooleanField(default=False, verbose_name="takes what fits nowhere else"),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
