from django.urls import path

from seatrobot.accounts.staff.views import (
    confirming,
    enrolling,
    home,
    own,
    passkeys,
    signing_in,
)

app_name = "staff"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-ins/", home.sign_ins, name="sign-ins"),
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/options/", signing_in.options, name="sign-in-options"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("enrol/<token>/", enrolling.enrol, name="enrol"),
    path("enrol/<token>/options/", enrolling.options, name="enrol-options"),
    path("confirm/", confirming.confirm, name="confirm"),
    path("confirm/options/", confirming.options, name="confirm-options"),
    path("passkeys/", passkeys.show, name="passkeys"),
    path("passkeys/add/", passkeys.add, name="add-passkey"),
    path("passkeys/add/options/", passkeys.options, name="add-options"),
    path("passkeys/<uuid:passkey>/rename/", passkeys.rename, name="rename-passkey"),
    path("passkeys/<uuid:passkey>/remove/", passkeys.remove, name="remove-passkey"),
    path("sessions/<uuid:session>/end/", own.end_session, name="end-session"),
    path("sessions/end-others/", own.end_other_sessions, name="end-other-sessions"),
]
