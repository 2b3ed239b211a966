"""Files whose digital signature names their author."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0002_shared_cache")]
    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="signed",
            field=models.BooleanField(db_default=False, help_text="its digital signature names its author"),
        ),
    ]
