import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clocks", "0003_paused_ones"),
        ("organization", "0007_keys_settled"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="deadline",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="alarms", to="clocks.deadline"
            ),
        ),
        migrations.AlterField(
            model_name="deadline",
            name="agency",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organization.agency"
            ),
        ),
    ]
