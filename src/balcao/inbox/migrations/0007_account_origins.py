"""A web chat says which other sites may show it."""

from django.db import migrations, models

import balcao.inbox.conversations.origins


class Migration(migrations.Migration):
    dependencies = [("inbox", "0006_interviews")]

    operations = [
        migrations.AddField(
            "account",
            "origins",
            models.JSONField(
                "other sites that may show it",
                blank=True,
                default=list,
                help_text="of a web chat: scheme and host, as https://www.example.gov.br; our own pages always may",
                validators=[balcao.inbox.conversations.origins.check_origins],
            ),
        )
    ]
