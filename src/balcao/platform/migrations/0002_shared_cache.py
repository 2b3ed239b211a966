"""The cache that all web processes share."""

from django.db import migrations

from balcao.platform import shared_cache


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [migrations.RunSQL(shared_cache.INSTALL_SQL, shared_cache.REMOVE_SQL)]
