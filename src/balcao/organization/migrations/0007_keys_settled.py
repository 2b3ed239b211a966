"""What each call with a key asks for. That a key was used, once an hour, ends nothing that the processes remember."""

from django.db import migrations

from balcao.platform.settled import unwatch_sql, watch_sql

TABLE = "organization_apikey"
DECIDES = "agency_id, name, secret_hash, scopes, area_ids, per_minute, per_day, expires_at, revoked_at, made_by_id"


class Migration(migrations.Migration):
    dependencies = [("organization", "0006_key_made_by"), ("platform", "0004_settled")]

    operations = [migrations.RunSQL(watch_sql(TABLE, of=DECIDES), unwatch_sql(TABLE))]
