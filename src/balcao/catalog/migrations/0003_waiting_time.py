"""The charter says how long people wait where they are attended (Lei 13.460/2017, art. 7, § 3, II)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_catch_all"),
    ]

    operations = [
        migrations.AddField(
            model_name="service",
            name="waiting_time",
            field=models.CharField(blank=True, max_length=300, verbose_name="how long people wait to be attended"),
        ),
    ]
