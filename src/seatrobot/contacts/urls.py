from django.urls import path

from seatrobot.contacts import views

app_name = "contacts"
urlpatterns = [
    path("", views.contact_list, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:contact>/", views.show, name="contact"),
    path("<uuid:contact>/remove/", views.remove, name="remove"),
]
