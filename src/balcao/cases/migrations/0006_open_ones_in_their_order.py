import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_known_incidents"),
        ("catalog", "0003_waiting_time"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=["agency", "priority", "opened_at", "id"],
                name="case_open",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["service", "-opened_at", "-id"], name="case_of_service"),
        ),
        # The new index begins with the service: the key's own one is no longer needed.
        migrations.AlterField(
            model_name="case",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cases",
                to="catalog.service",
            ),
        ),
    ]
