"""A calendar is kept once, not in each deadline: two thousand bytes less a deadline."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO clocks_calendarsnapshot (key, data)
SELECT DISTINCT md5(calendar_snapshot::text), calendar_snapshot FROM clocks_deadline ON CONFLICT DO NOTHING;
UPDATE clocks_deadline SET snapshot_id = md5(calendar_snapshot::text);
SET CONSTRAINTS ALL IMMEDIATE;
"""
BACK = """
UPDATE clocks_deadline SET calendar_snapshot = data FROM clocks_calendarsnapshot WHERE key = snapshot_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
KEEP = """
CREATE FUNCTION clocks_snapshot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a calendar that deadlines began by does not change';
END $$;
CREATE TRIGGER snapshot_stays BEFORE UPDATE ON clocks_calendarsnapshot
FOR EACH STATEMENT EXECUTE FUNCTION clocks_snapshot_stays();
"""
RELEASE = "DROP TRIGGER snapshot_stays ON clocks_calendarsnapshot; DROP FUNCTION clocks_snapshot_stays();"


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CalendarSnapshot",
            fields=[
                ("key", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("data", models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name="deadline",
            name="snapshot",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.calendarsnapshot",
            ),
        ),
        migrations.RunSQL(FILL, BACK),
        migrations.AlterField(
            model_name="deadline",
            name="snapshot",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.calendarsnapshot",
            ),
        ),
        migrations.AlterField(model_name="deadline", name="calendar_snapshot", field=models.JSONField(null=True)),
        migrations.RemoveField(model_name="deadline", name="calendar_snapshot"),
        migrations.RunSQL(KEEP, RELEASE),
    ]
