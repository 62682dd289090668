from django.urls import path

from seatrobot.accounts import addresses, views
from seatrobot.accounts.factors import views as factors
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.signing_in import views as signing_in
from seatrobot.kernel.routes import Audience, open_to

app_name = "accounts"
everybody = open_to(Audience.EVERYBODY)
urlpatterns = [
    path("sign-in/", everybody(signing_in.SignIn.as_view()), name="sign-in"),
    path("sign-in/second-step/", signing_in.second_step, name="second-step"),
    path("sign-in/passkey/", signing_in.with_passkey, name="sign-in-passkey"),
    path("sign-in/passkey/options/", signing_in.passkey_options, name="passkey-options"),
    path("sign-out/", everybody(signing_in.SignOut.as_view()), name="sign-out"),
    path("reset-password/", resetting.ask, name="ask-for-reset"),
    path("reset-password/<uuid:account>/<token>/", resetting.reset, name="reset"),
    path("account/", views.show, name="account"),
    path("account/confirm/", signing_in.confirm, name="confirm"),
    path("account/confirm/options/", signing_in.confirm_options, name="confirm-options"),
    path("account/ways/", factors.show, name="factors"),
    path("account/ways/check/", factors.check_ways, name="check-ways"),
    path("account/keep-ways/<token>/", factors.object_to_reset, name="object-to-reset"),
    path("account/ways/passkey/", factors.add_passkey, name="add-passkey"),
    path("account/ways/passkey/options/", factors.add_passkey_options, name="add-passkey-options"),
    path("account/ways/app/", factors.add_app, name="add-app"),
    path("account/ways/recovery-codes/", factors.new_recovery_codes, name="recovery-codes"),
    path("account/ways/<uuid:factor>/rename/", factors.rename, name="rename-factor"),
    path("account/ways/<uuid:factor>/remove/", factors.remove, name="remove-factor"),
    path("account/name/", views.change_name, name="change-name"),
    path("account/address/", addresses.ask, name="ask-to-confirm-address"),
    path("account/address/<token>/", addresses.confirm, name="confirm-address"),
    path("account/password/", views.change_password, name="change-password"),
    path("account/sign-ins/<uuid:sign_in>/not-me/", views.not_me, name="not-me"),
    path("account/sessions/<uuid:session>/end/", views.end_session, name="end-session"),
    path("account/sessions/end-others/", views.end_other_sessions, name="end-other-sessions"),
]
