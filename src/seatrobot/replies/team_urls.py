from django.urls import path

from seatrobot.replies import team

app_name = "replies-team"
urlpatterns = [
    path("", team.answers, name="answers"),
    path("page/", team.settings_page, name="page"),
    path("parties/<uuid:party>/", team.party, name="party"),
    path("parties/<uuid:party>/link/", team.link, name="link"),
]
