"""The room of privacy."""

from django.apps import AppConfig


class PrivacyApp(AppConfig):
    name = "balcao.privacy"
    label = "privacy"
