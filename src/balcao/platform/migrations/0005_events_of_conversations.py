from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    dependencies = [("platform", "0004_settled")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                Cast(KeyTextTransform("conversation_id", "data"), models.BigIntegerField()),
                models.F("id"),
                condition=models.Q(("data__has_key", "conversation_id")),
                name="event_of_conversation",
            ),
        ),
    ]
