from django.db import migrations, models

import balcao.platform.crypto


class Migration(migrations.Migration):
    dependencies = [("inbox", "0013_handovers")]

    operations = [
        migrations.AddField(
            model_name="line",
            name="asks_grade",
            field=models.BooleanField(db_default=True, default=True, verbose_name="asks for a grade at the end"),
        ),
        migrations.AlterField(
            model_name="conversation",
            name="said_name",
            field=balcao.platform.crypto.EncryptedTextField(
                blank=True, default="", help_text="how they are called, as the channel or they say"
            ),
        ),
    ]
