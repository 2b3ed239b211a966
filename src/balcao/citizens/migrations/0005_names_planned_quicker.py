from django.db import migrations


class Migration(migrations.Migration):
    """As `cases.0010`: a search for a name is planned by ten values and not by a hundred."""

    dependencies = [("citizens", "0004_dated_priorities")]

    operations = [
        migrations.RunSQL(
            "ALTER INDEX person_name_trgm ALTER COLUMN 1 SET STATISTICS 10",
            "ALTER INDEX person_name_trgm ALTER COLUMN 1 SET STATISTICS -1",
        )
    ]
