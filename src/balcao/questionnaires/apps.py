from django.apps import AppConfig


class QuestionnairesApp(AppConfig):
    name = "balcao.questionnaires"
    label = "questionnaires"
