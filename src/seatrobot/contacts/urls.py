from django.urls import path

from seatrobot.contacts import views

app_name = "contacts"
urlpatterns = [
    path("", views.contact_list, name="list"),
    path("new/", views.new, name="new"),
    path("bulk/", views.change_many, name="bulk"),
    path("filters/", views.save_filter, name="save-filter"),
    path("filters/<uuid:saved>/remove/", views.remove_filter, name="remove-filter"),
    path("<uuid:contact>/", views.show, name="contact"),
    path("<uuid:contact>/remove/", views.remove, name="remove"),
    path("<uuid:contact>/mail/", views.mail, name="mail"),
    path("<uuid:contact>/assistants/", views.relate, name="assistants"),
]
