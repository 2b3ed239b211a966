"""The legal priorities of both countries were put in here; they have dates now and are put in by 0004."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("citizens", "0001_initial")]
    operations: list = []
