"""The citizen's addresses, in Portuguese: they are read out on the phone."""

from django.urls import path

from . import asking, finding, following, neighbours, problems, returning, sending

app_name = "portal"

urlpatterns = [
    path("", finding.home, name="home"),
    path("servicos/", finding.services, name="services"),
    path("servicos/<slug:slug>/", finding.service, name="service"),
    path("districts.geojson", finding.districts, name="districts"),
    path("privacidade/", finding.privacy, name="privacy"),
    path("acessibilidade/", finding.accessibility, name="accessibility"),
    path("pedir/recebido/<uuid:uuid>/", sending.received, name="received"),
    path("pedir/recebido/<uuid:uuid>/comprovante.pdf", sending.receipt, name="received-receipt"),
    path("pedir/<slug:slug>/", asking.start, name="ask"),
    path("pedir/<slug:slug>/perto/", asking.near, name="near"),
    path("pedir/<slug:slug>/revisar/", sending.review, name="review"),
    path("pedir/<slug:slug>/enviar/", sending.send, name="send"),
    path("pedir/<slug:slug>/recomecar/", asking.restart, name="restart"),
    path("pedir/<slug:slug>/<slug:word>/", asking.step, name="step"),
    path("acompanhar/", following.enter, name="follow"),
    path("acompanhar/sair/", following.leave, name="leave"),
    path("acompanhar/codigo-perdido/", returning.lost, name="lost"),
    path("acompanhar/voltar/<str:token>/", returning.come_back, name="come-back"),
    path("acompanhar/<str:protocol>/", following.page, name="case"),
    path("acompanhar/<str:protocol>/comprovante.pdf", following.receipt, name="receipt"),
    path("acompanhar/<str:protocol>/arquivo/<uuid:uuid>/", following.file, name="file"),
    path("acompanhar/<str:protocol>/acrescentar/", following.add, name="add"),
    path("acompanhar/<str:protocol>/avaliar/", following.rate, name="rate"),
    path("acompanhar/<str:protocol>/reabrir/", following.reopen, name="reopen"),
    path("acompanhar/<str:protocol>/codigo-novo/", returning.renew, name="renew"),
    path("acompanhar/<str:protocol>/contato/", returning.contact, name="contact"),
    path("problemas/<int:pk>/", problems.page, name="problem"),
    path("problemas/<int:pk>/eu-tambem/", problems.me_too, name="me-too"),
    path("perto/foto/<uuid:uuid>/", neighbours.photo, name="photo"),
]
