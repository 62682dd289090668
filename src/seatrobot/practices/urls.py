"""Below `/practices/`."""

from django.urls import path

from seatrobot.practices.formats.urls import urlpatterns as formats
from seatrobot.practices.transparency import views as transparency
from seatrobot.practices.views import changes, page, promise

app_name = "practices"
urlpatterns = [
    path("", page.show, name="page"),
    path("changes/", changes.show, name="changes"),
    path("contact/", transparency.contact, name="contact"),
    *formats,
    path("<str:promise>/", promise.show, name="promise"),
]
