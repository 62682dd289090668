"""At the root of the site, where machines look."""

from django.urls import path

from seatrobot.practices.transparency import views

app_name = "transparency"

urlpatterns = [
    path(".well-known/security.txt", views.security, name="security"),
    path(".well-known/openpgp-key.asc", views.key, name="key"),
    path("security.txt", views.at_root, name="at-root"),
]
