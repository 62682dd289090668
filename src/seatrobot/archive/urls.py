from django.urls import path

from seatrobot.archive import views

app_name = "archive"
urlpatterns = [
    path("", views.page, name="page"),
    path("make/", views.make, name="make"),
    path("import/", views.bring_in, name="import"),
    path("<uuid:archive>/", views.progress, name="progress"),
    path("<uuid:archive>/file", views.download, name="download"),
    path("<uuid:archive>/remove/", views.remove, name="remove"),
]
