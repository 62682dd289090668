from django.urls import path

from seatrobot.checkin import views

app_name = "checkin"
urlpatterns = [
    path("", views.door, name="door"),
    path("search/", views.search, name="search"),
    path("counts/", views.counts, name="counts"),
    path("check-in/", views.check_in, name="check-in"),
    path("check-in-party/", views.check_in_party, name="check-in-party"),
    path("admit/", views.admit, name="admit"),
    path("walk-in/", views.walk_in, name="walk-in"),
    path("undo/", views.undo, name="undo"),
]
