"""Addresses."""

from django.urls import path

from . import answer, board, files, order, report, review, together

urlpatterns = [
    path("", board.board, name="orders"),
    path("mine/", board.mine, name="orders_mine"),
    path("together/", together.page, name="orders_together"),
    path("review/", review.queue, name="orders_review"),
    path("<int:order_id>/", order.page, name="order"),
    path("<int:order_id>/report/", report.page, name="order_report"),
    path("<int:order_id>/review/", review.page, name="order_review"),
    path("<int:order_id>/answer/", answer.page, name="order_answer"),
    path("<int:order_id>/files/<uuid:uuid>/", files.one, name="order_file"),
    path("<int:order_id>/<slug:verb>/", order.act, name="order_act"),
]
