"""Pages of staff about people: `duties` of one's own, and `people`, everybody."""

from django.urls import include, path

from seatrobot.personnel import duty_views, people_views

duties = [
    path("", duty_views.duties, name="list"),
    path("policies/<slug:name>/", duty_views.policy, name="policy"),
    path("policies/<slug:name>/options/", duty_views.sign_options, name="sign-options"),
    path("policies/<slug:name>/<int:number>/", duty_views.edition, name="edition"),
    path("courses/<slug:name>/", duty_views.course, name="course"),
    path("courses/<slug:name>/results/<uuid:result_id>/", duty_views.result, name="result"),
]
people = [
    path("", people_views.show_all, name="list"),
    path("people.csv", people_views.export, name="export"),
    path("<uuid:person>/", people_views.person, name="person"),
    path("<uuid:person>/checks/", people_views.record_check, name="record-check"),
    path(
        "<uuid:person>/checks/<uuid:check>/confirm/",
        people_views.confirm_check,
        name="confirm-check",
    ),
]

urlpatterns = [
    path("duties/", include((duties, "staff-duties"))),
    path("people/", include((people, "staff-people"))),
]
