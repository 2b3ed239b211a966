import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    """In place: to make the index anew would take minutes of a large city."""

    dependencies = [("cases", "0007_filters_in_the_index")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX case_search SET (gin_pending_list_limit = 256)",
                    "ALTER INDEX case_search RESET (gin_pending_list_limit)",
                )
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="case", name="case_search"),
                migrations.AddIndex(
                    model_name="case",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fields=["search"], gin_pending_list_limit=256, name="case_search"
                    ),
                ),
            ],
        )
    ]
