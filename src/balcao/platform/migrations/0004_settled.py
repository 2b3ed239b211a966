"""Each process remembers the settings; a token says until when."""

from django.db import migrations

from balcao.platform import settled


class Migration(migrations.Migration):
    dependencies = [("platform", "0003_file_signed")]

    operations = [migrations.RunSQL(settled.INSTALL_SQL, settled.REMOVE_SQL)]
