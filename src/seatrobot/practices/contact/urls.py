"""At the root of the site, where RFC 9116 puts them."""

from django.urls import path

from seatrobot.practices.contact import views

app_name = "transparency"

urlpatterns = [
    path(".well-known/security.txt", views.security, name="security"),
    path(".well-known/openpgp-key.asc", views.key, name="key"),
    path("security.txt", views.at_root, name="at-root"),
]
