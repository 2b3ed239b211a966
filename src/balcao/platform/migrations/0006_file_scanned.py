from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0005_events_of_conversations")]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="scanned_at",
            field=models.DateTimeField(help_text="when an antivirus found nothing in it; NULL: none looked", null=True),
        ),
    ]
