from django.urls import path

from seatrobot.accounts.views import (
    confirming,
    enrolling,
    factors,
    objecting,
    own,
    resetting,
    reviewing,
    second_step,
    sign_ins,
    signing_in,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/", signing_in.SignIn.as_view(), name="sign-in"),
    path("sign-in/second-step/", second_step.second_step, name="second-step"),
    path("sign-in/passkey/", second_step.with_passkey, name="sign-in-passkey"),
    path("sign-in/passkey/options/", second_step.passkey_options, name="passkey-options"),
    path("sign-out/", signing_in.SignOut.as_view(), name="sign-out"),
    path("reset-password/", resetting.ask, name="ask-for-reset"),
    path("reset-password/<uuid:account>/<token>/", resetting.reset, name="reset"),
    path("account/", own.show, name="account"),
    path("account/confirm/", confirming.confirm, name="confirm"),
    path("account/confirm/options/", confirming.options, name="confirm-options"),
    path("account/ways/", factors.show, name="factors"),
    path("account/ways/check/", reviewing.check_ways, name="check-ways"),
    path("account/keep-ways/<token>/", objecting.object_to_reset, name="object-to-reset"),
    path("account/ways/passkey/", enrolling.add_passkey, name="add-passkey"),
    path("account/ways/passkey/options/", enrolling.options, name="enrol-options"),
    path("account/ways/app/", enrolling.add_app, name="add-app"),
    path("account/ways/recovery-codes/", factors.new_recovery_codes, name="recovery-codes"),
    path("account/ways/<uuid:factor>/rename/", factors.rename, name="rename-factor"),
    path("account/ways/<uuid:factor>/remove/", factors.remove, name="remove-factor"),
    path("account/name/", own.change_name, name="change-name"),
    path("account/password/", own.change_password, name="change-password"),
    path("account/sign-ins/<uuid:sign_in>/not-me/", sign_ins.not_me, name="not-me"),
    path("account/sessions/<uuid:session>/end/", own.end_session, name="end-session"),
    path("account/sessions/end-others/", own.end_other_sessions, name="end-other-sessions"),
]
