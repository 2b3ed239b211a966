"""Under /chat/. `/chat/stream/` is answered by `config/live_chat.py` before Django is asked."""

from django.urls import path

from . import calls, pages

app_name = "webchat"

urlpatterns = [
    path("", pages.home, name="home"),
    path("widget.js", pages.widget, {"kind": "js"}, name="widget"),
    path("widget.css", pages.widget, {"kind": "css"}, name="widget-style"),
    path("<slug:key>/", pages.page, name="page"),
    path("<slug:key>/hello/", calls.hello, name="hello"),
    path("<slug:key>/messages/", calls.said, name="messages"),
    path("<slug:key>/send/", calls.send, name="send"),
    path("<slug:key>/read/", calls.read, name="read"),
    path("<slug:key>/typing/", calls.typing, name="typing"),
    path("<slug:key>/leave/", calls.leave, name="leave"),
    path("<slug:key>/file/<uuid:uuid>/", calls.file, name="file"),
]
