from django.apps import AppConfig


class WhatsAppApp(AppConfig):
    name = "balcao.channels.whatsapp"
    label = "whatsapp"
