"""Pages of the seating of one activity; `web.urls` says where the default one and others are."""

from django.urls import path

from seatrobot.seating.views import changes, guest, plan, setup

app_name = "seating"
urlpatterns = [
    path("", plan.plan, name="plan"),
    path("list/", plan.as_list, name="list"),
    path("robot/", plan.seat_everyone, name="robot"),
    path("robot/<uuid:proposal>/", plan.result, name="result"),
    path("robot/<uuid:proposal>/accept/", plan.accept, name="accept"),
    path("robot/<uuid:proposal>/leave/", plan.leave, name="leave"),
    path("guests/<uuid:guest>/", guest.guest, name="guest"),
    path("guests/<uuid:guest>/card/", guest.card, name="card"),
    path("standing/", plan.standing, name="standing"),
    path("state/", changes.current, name="state"),
    path("values/", changes.values, name="values"),
    *(path(f"{name}/", changes.view_of(name), name=name) for name in changes.VERBS),
    path("setup/", setup.setup, name="setup"),
    path("setup/tables/", setup.add_tables, name="add-tables"),
    path("setup/tables/remove/", setup.remove_tables, name="remove-tables"),
    path("setup/tables/renumber/", setup.renumber, name="renumber"),
    path("setup/tables/<uuid:table>/", setup.table, name="table"),
    path("setup/rules/new/<slug:kind>/", setup.new_rule, name="new-rule"),
    path("setup/rules/<uuid:rule>/", setup.rule, name="rule"),
    path("setup/rules/<uuid:rule>/remove/", setup.remove_rule, name="remove-rule"),
    path("setup/parties/<uuid:party>/", setup.party, name="party"),
    path("documents/", plan.documents, name="documents"),
    path("documents/<str:name>", plan.document, name="document"),
]
