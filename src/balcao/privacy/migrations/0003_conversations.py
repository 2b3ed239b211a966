import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("privacy", "0002_administrators"), ("inbox", "0010_forgotten_and_waits")]

    operations = [
        migrations.AlterModelOptions(
            name='retentionrule',
            options={'ordering': ['stage', 'service_id', 'line_id']},
        ),
        migrations.RemoveConstraint(
            model_name='retentionrule',
            name='retention_rule_once',
        ),
        migrations.AddField(
            model_name='retentionrule',
            name='line',
            field=models.ForeignKey(
                blank=True, help_text='Of conversations without a demand only. Empty: all other teams.', null=True,
                on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inbox.line', verbose_name='team'),
        ),
        migrations.AlterField(
            model_name='retentionrule',
            name='stage',
            field=models.CharField(choices=[
                ('answered', 'Answered'), ('refused', 'Refused'), ('sealed', 'Report of wrongdoing'),
                ('talk', 'Conversation without a demand')], max_length=10, verbose_name='how it ended'),
        ),
        migrations.AddConstraint(
            model_name='retentionrule',
            constraint=models.UniqueConstraint(
                fields=('agency', 'service', 'line', 'stage'), name='retention_rule_once', nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name='retentionrule',
            constraint=models.CheckConstraint(condition=models.Q(
                    models.Q(('binding', False), ('service', None), ('stage', 'talk'), ('then', 'delete')),
                    models.Q(models.Q(('stage', 'talk'), _negated=True), ('line', None)),
                    _connector='OR',
                ), name='retention_rule_of_its_kind'),
        ),
    ]
