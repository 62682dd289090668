from django.urls import include, path

from seatrobot.grants import views

app_name = "grants"
own = [
    path("", views.show, name="show"),
    path("grants.json", views.proofs, name="proofs"),
    path("<uuid:grant>/", views.one, name="one"),
    path("<uuid:grant>/options/", views.options, name="options"),
    path("<uuid:grant>/approve/", views.approve, name="approve"),
    path("<uuid:grant>/deny/", views.deny, name="deny"),
    path("<uuid:grant>/end/", views.withdraw, name="withdraw"),
]
urlpatterns = [path("o/<uuid:organization>/settings/support-access/", include(own))]
