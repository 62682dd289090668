"""Messages and mailings of one event."""

from django.urls import path

from seatrobot.invitations.views import mailings, messages

app_name = "invitations"
urlpatterns = [
    path("", messages.overview, name="overview"),
    path("new/", messages.new, name="new"),
    path("templates/<uuid:template>/remove/", messages.remove_template, name="remove-template"),
    path("messages/<uuid:message>/", messages.edit, name="message"),
    path("messages/<uuid:message>/languages/", messages.languages, name="languages"),
    path("messages/<uuid:message>/preview/", messages.preview, name="preview"),
    path("messages/<uuid:message>/test/", messages.send_test, name="test"),
    path("messages/<uuid:message>/keep/", messages.keep, name="keep"),
    path("messages/<uuid:message>/remove/", messages.remove, name="remove"),
    path("messages/<uuid:message>/send/", mailings.choose, name="choose"),
    path("mailings/<uuid:mailing>/", mailings.show, name="mailing"),
    path("mailings/<uuid:mailing>/stop/", mailings.stop, name="stop"),
    path("deliveries/<uuid:delivery>/again/", mailings.send_again, name="again"),
]
