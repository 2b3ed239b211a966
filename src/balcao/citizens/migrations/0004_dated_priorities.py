"""Legal priorities have the days on which they hold. What is there is dated; a new installation gets the shipped ones."""

import datetime

from django.db import migrations, models
from django.db.models import F, Q

from balcao.citizens.priorities import date_rows, install


def forwards(apps, schema_editor):
    groups = apps.get_model("citizens", "PriorityGroup").objects
    if groups.exists():
        date_rows(groups)
    else:
        install(groups)


class Migration(migrations.Migration):
    dependencies = [("citizens", "0003_fewer_indexes")]

    operations = [
        migrations.AddField(
            model_name="prioritygroup",
            name="since",
            field=models.DateField(
                default=datetime.date(2000, 1, 1), help_text="the first day on which the rule holds"
            ),
        ),
        migrations.AddField(
            model_name="prioritygroup",
            name="until",
            field=models.DateField(blank=True, help_text="its last day; empty while no end is known", null=True),
        ),
        migrations.AddField(
            model_name="prioritygroup",
            name="unless_booked",
            field=models.BooleanField(default=False, help_text="it does not hold where people come by appointment"),
        ),
        migrations.RemoveConstraint(model_name="prioritygroup", name="priority_slug"),
        migrations.AddConstraint(
            model_name="prioritygroup",
            constraint=models.UniqueConstraint(fields=("jurisdiction", "slug", "since"), name="priority_once"),
        ),
        migrations.AddConstraint(
            model_name="prioritygroup",
            constraint=models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="priority_ends_after_it_began"
            ),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
