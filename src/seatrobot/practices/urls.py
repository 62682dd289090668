"""Below `/practices/`: what anybody may open."""

from django.urls import path

from seatrobot.practices.contact import views as contact
from seatrobot.practices.formats.urls import urlpatterns as formats
from seatrobot.practices.page import views as page
from seatrobot.practices.subscribing.urls import urlpatterns as subscribing

app_name = "practices"
urlpatterns = [
    path("", page.page, name="page"),
    path("changes/", page.changes, name="changes"),
    path("contact/", contact.contact, name="contact"),
    *formats,
    *subscribing,
    path("<str:promise>/", page.promise, name="promise"),
]
