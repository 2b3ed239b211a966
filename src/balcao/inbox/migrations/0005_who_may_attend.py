"""Whoever opened demands for people may now talk with them; whoever reviewed reports leads the inbox."""

from django.db import migrations

GIVE = """
UPDATE organization_role SET permissions = array_append(permissions, 'inbox.attend')
WHERE permissions @> ARRAY['case.open', 'person.read']::varchar[] AND NOT 'inbox.attend' = ANY(permissions);
UPDATE organization_role SET permissions = array_append(permissions, 'inbox.lead')
WHERE permissions @> ARRAY['inbox.attend', 'report.review']::varchar[] AND NOT 'inbox.lead' = ANY(permissions);
"""
TAKE = """
UPDATE organization_role SET permissions = array_remove(array_remove(permissions, 'inbox.attend'), 'inbox.lead');
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0004_conversations"), ("organization", "0001_initial")]

    operations = [migrations.RunSQL(GIVE, TAKE)]
