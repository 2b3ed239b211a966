from django.db import migrations


class Migration(migrations.Migration):
    """A search for a name compares what it asks with each value that the statistics keep, while it is planned: of ten
    that takes 0.2 ms, of a hundred 0.9."""

    dependencies = [("cases", "0009_fewer_indexes")]

    operations = [
        migrations.RunSQL(
            "ALTER INDEX case_said_name_trgm ALTER COLUMN 1 SET STATISTICS 10",
            "ALTER INDEX case_said_name_trgm ALTER COLUMN 1 SET STATISTICS -1",
        )
    ]
