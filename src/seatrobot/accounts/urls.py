from django.urls import path

from seatrobot.accounts.views import own, resetting, signing_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", signing_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", signing_in.SignOut.as_view(), name="sign-out"),
    path("reset-password/", resetting.ask, name="ask-for-reset"),
    path("reset-password/<uuid:account>/<token>/", resetting.reset, name="reset"),
    path("account/", own.show, name="account"),
    path("account/name/", own.change_name, name="change-name"),
    path("account/password/", own.change_password, name="change-password"),
    path("account/sessions/<uuid:session>/end/", own.end_session, name="end-session"),
    path("account/sessions/end-others/", own.end_other_sessions, name="end-other-sessions"),
]
