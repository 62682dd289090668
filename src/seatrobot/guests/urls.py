from django.urls import path

from seatrobot.guests.views import bulk, fields, guest, imports, lists

app_name = "guests"
urlpatterns = [
    path("", lists.show_list, name="list"),
    path("export.<str:kind>", lists.export, name="export"),
    path("bulk/", bulk.change_many, name="bulk"),
    path("add/", guest.add, name="add"),
    path("columns/", fields.columns, name="columns"),
    path("columns/<uuid:field>/", fields.column, name="column"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:upload>/columns/", imports.columns, name="import-columns"),
    path("import/<uuid:upload>/reading/", imports.reading, name="import-reading"),
    path("import/<uuid:upload>/answers/", imports.answers, name="import-answers"),
    path("import/<uuid:upload>/check/", imports.check, name="import-check"),
    path("import/<uuid:upload>/problems.csv", imports.problems, name="import-problems"),
    path("import/<uuid:upload>/run/", imports.run, name="import-run"),
    path("import/<uuid:upload>/progress/", imports.watch, name="import-progress"),
    path("import/<uuid:upload>/discard/", imports.discard, name="import-discard"),
    path("<uuid:guest>/", guest.show, name="guest"),
    path("<uuid:guest>/remove/", guest.remove, name="remove"),
    path("<uuid:guest>/plus-one/", guest.plus_one, name="plus-one"),
    path("<uuid:guest>/together/", guest.together, name="together"),
    path("<uuid:guest>/party/", guest.party, name="party"),
    path("<uuid:guest>/history/", guest.history, name="history"),
    path("<uuid:guest>/contact/", guest.contact, name="contact"),
    path("<uuid:guest>/arrival/", guest.arrival, name="arrival"),
    path("<uuid:guest>/delivery/", guest.delivery, name="delivery"),
]
