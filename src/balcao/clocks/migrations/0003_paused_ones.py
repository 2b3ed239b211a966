from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clocks", "0002_calendar_snapshots"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deadline",
            index=models.Index(condition=models.Q(("state", "paused")), fields=["agency"], name="deadline_paused"),
        ),
    ]
