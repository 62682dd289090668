from django.urls import path

from seatrobot.deletion import views

app_name = "deletion"
urlpatterns = [
    path("o/<uuid:organization>/settings/delete/", views.delete_organization, name="organization"),
    path("o/<uuid:organization>/settings/delete/cancel/", views.cancel, name="cancel"),
    path("o/<uuid:organization>/deletions/", views.deletions, name="list"),
    path(
        "o/<uuid:organization>/deletions/<uuid:deletion>/receipt.txt",
        views.member_receipt,
        name="member-receipt",
    ),
    path("o/<uuid:organization>/people/<uuid:subject>/", views.person, name="person"),
    path(
        "o/<uuid:organization>/people/<uuid:subject>/about-you.json",
        views.person_archive,
        name="person-archive",
    ),
    path(
        "o/<uuid:organization>/people/<uuid:subject>/erase/",
        views.erase_person,
        name="erase-person",
    ),
    path(
        "o/<uuid:organization>/requests/<uuid:subject_request>/close/",
        views.close_request,
        name="close-request",
    ),
    path("receipts/<token>/", views.receipt, name="receipt"),
    path("receipts/<token>/receipt.txt", views.receipt_file, name="receipt-file"),
    path("deletions/held/<uuid:organization>/", views.held, name="held"),
]
