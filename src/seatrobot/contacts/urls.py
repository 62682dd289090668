from django.urls import path

from seatrobot.contacts import merging_views, views

app_name = "contacts"
urlpatterns = [
    path("", views.contact_list, name="list"),
    path("new/", views.new, name="new"),
    path("contacts.vcf", views.export, name="export"),
    path("bulk/", views.change_many, name="bulk"),
    path("filters/", views.save_filter, name="save-filter"),
    path("filters/<uuid:saved>/remove/", views.remove_filter, name="remove-filter"),
    path("doubles/", merging_views.show, name="doubles"),
    path("doubles/dismiss/", merging_views.dismiss, name="dismiss"),
    path("merges/<uuid:merge>/undo/", merging_views.undo, name="undo-merge"),
    path("<uuid:contact>/merge/<uuid:other>/", merging_views.merge, name="merge"),
    path("<uuid:contact>/", views.show, name="contact"),
    path("<uuid:contact>/remove/", views.remove, name="remove"),
    path("<uuid:contact>/mail/", views.mail, name="mail"),
    path("<uuid:contact>/assistants/", views.relate, name="assistants"),
]
