"""Below `/practices/`: what anybody may open."""

from django.urls import path

from seatrobot.practices.formats.urls import urlpatterns as formats
from seatrobot.practices.page.views import changes, page, promise
from seatrobot.practices.subscribing.urls import urlpatterns as subscribing
from seatrobot.practices.transparency import views as transparency

app_name = "practices"
urlpatterns = [
    path("", page.show, name="page"),
    path("changes/", changes.show, name="changes"),
    path("contact/", transparency.contact, name="contact"),
    *formats,
    *subscribing,
    path("<str:promise>/", promise.show, name="promise"),
]
