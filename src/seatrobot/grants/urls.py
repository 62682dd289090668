from django.urls import include, path

from seatrobot.grants import views

app_name = "grants"
own = [
    path("", views.show, name="show"),
    path("rule/", views.change_rule, name="rule"),
    path("grants.json", views.download, name="download"),
    path("<uuid:grant>/", views.one, name="one"),
    path("<uuid:grant>/review/", views.review, name="review"),
    path("<uuid:grant>/approve/", views.approve, name="approve"),
    path("<uuid:grant>/approve/options/", views.approve_options, name="approve-options"),
    path("<uuid:grant>/deny/", views.deny, name="deny"),
    path("<uuid:grant>/deny/options/", views.deny_options, name="deny-options"),
    path("<uuid:grant>/end/", views.withdraw, name="end"),
    path("<uuid:grant>/end/options/", views.end_options, name="end-options"),
]
urlpatterns = [path("o/<uuid:organization>/settings/support-access/", include(own))]
