"""Below `/practices/`."""

from django.urls import path

from seatrobot.practices.formats.urls import urlpatterns as formats
from seatrobot.practices.transparency import views as transparency

app_name = "practices"

urlpatterns = [
    *formats,
    path("contact/", transparency.contact, name="contact"),
]
