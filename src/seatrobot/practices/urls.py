from django.urls import path

from seatrobot.practices.views import changes, page, promise

app_name = "practices"
urlpatterns = [
    path("", page.show, name="page"),
    path("changes/", changes.show, name="changes"),
    path("<str:promise>/", promise.show, name="promise"),
]
