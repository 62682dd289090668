from django.urls import path

from seatrobot.replies import views

app_name = "replies"
urlpatterns = [
    path("<str:token>/", views.page, name="page"),
    path("<str:token>/data/", views.data, name="data"),
    path("<str:token>/code/", views.code, name="code"),
    path("<str:token>/assistant/", views.assistant, name="assistant"),
    path("<str:token>/invitation.ics", views.calendar_file, name="calendar"),
    path("<str:token>/look.css", views.style, name="style"),
    path("<str:token>/<str:place>.picture", views.picture, name="picture"),
]
