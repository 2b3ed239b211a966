"""Whether an agency has a web chat is asked by every page of its portal: remembered until an account changes."""

from django.db import migrations

from balcao.platform.settled import unwatch_sql, watch_sql


class Migration(migrations.Migration):
    dependencies = [("inbox", "0011_approved_templates")]

    operations = [migrations.RunSQL(watch_sql("inbox_account"), unwatch_sql("inbox_account"))]
