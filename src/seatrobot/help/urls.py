from django.urls import path

from seatrobot.help import views

app_name = "help"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:topic>/", views.page, name="page"),
]
