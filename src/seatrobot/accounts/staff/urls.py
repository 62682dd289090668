from django.urls import path

from seatrobot.accounts import views as account
from seatrobot.accounts.factors import views as factors
from seatrobot.accounts.signing_in import views as signing_in
from seatrobot.accounts.staff import views

app_name = "staff"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-ins/", views.sign_ins, name="sign-ins"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/options/", signing_in.passkey_options, name="sign-in-options"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("enrol/<token>/", views.enrol, name="enrol"),
    path("enrol/<token>/options/", views.enrol_options, name="enrol-options"),
    path("confirm/", signing_in.confirm, name="confirm"),
    path("confirm/options/", signing_in.confirm_options, name="confirm-options"),
    path("passkeys/", factors.show, name="factors"),
    path("passkeys/add/", factors.add_passkey, name="add-passkey"),
    path("passkeys/add/options/", factors.add_passkey_options, name="add-passkey-options"),
    path("passkeys/<uuid:factor>/rename/", factors.rename, name="rename-factor"),
    path("passkeys/<uuid:factor>/remove/", factors.remove, name="remove-factor"),
    path("sessions/<uuid:session>/end/", account.end_session, name="end-session"),
    path("sessions/end-others/", account.end_other_sessions, name="end-other-sessions"),
]
