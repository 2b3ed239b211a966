"""From prompts to what a channel shows: pure functions to plain data, no network. `balcao.web.asking` draws forms."""

from .chat import ChatMessage, Expects, render_chat
from .choices import Choice
from .letter import render_letter
from .whatsapp import (
    WhatsAppButton,
    WhatsAppButtons,
    WhatsAppList,
    WhatsAppLocationRequest,
    WhatsAppMessage,
    WhatsAppRow,
    WhatsAppText,
    render_whatsapp,
)

__all__ = [
    "ChatMessage",
    "Choice",
    "Expects",
    "WhatsAppButton",
    "WhatsAppButtons",
    "WhatsAppList",
    "WhatsAppLocationRequest",
    "WhatsAppMessage",
    "WhatsAppRow",
    "WhatsAppText",
    "render_chat",
    "render_letter",
    "render_whatsapp",
]
