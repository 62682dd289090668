from django.urls import include, path

from seatrobot.organizations.log import proof
from seatrobot.organizations.log import views as log
from seatrobot.organizations.security import views as security
from seatrobot.organizations.views import links, members, organization, own_key

app_name = "organizations"
own = [
    path("", organization.enter, name="enter"),
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/transfer/", members.transfer, name="transfer"),
    path("members/<uuid:membership>/", members.change, name="member"),
    path("members/<uuid:membership>/reset-factors/", members.reset_factors, name="reset-factors"),
    path("members/<uuid:membership>/sign-out/", security.sign_out_member, name="sign-out-member"),
    path("members/<uuid:membership>/remove/", members.remove, name="remove-member"),
    path("invitations/<uuid:invitation>/resend/", members.resend, name="resend"),
    path("invitations/<uuid:invitation>/withdraw/", members.withdraw, name="withdraw"),
    path("log/", log.log, name="log"),
    path("log/access-log.csv", log.export, {"kind": "csv"}, name="log-csv"),
    path("log/access-log.jsonl", log.export, {"kind": "jsonl"}, name="log-jsonl"),
    path("log/proof/", proof.compare, name="log-proof"),
    path("log/proof/log.json", proof.log_file, name="log-proof-file"),
    path("log/proof/checkpoint.txt", proof.checkpoint, name="log-checkpoint"),
    path("log/sign-ins/", log.log_sign_ins, name="log-sign-ins"),
    path("log/sign-ins/sign-ins.csv", log.export_sign_ins, {"kind": "csv"}, name="sign-ins-csv"),
    path(
        "log/sign-ins/sign-ins.jsonl", log.export_sign_ins, {"kind": "jsonl"}, name="sign-ins-jsonl"
    ),
    path("mail/", organization.sent_mail, name="sent-mail"),
    path("settings/", organization.settings, name="settings"),
    path("settings/own-key/", own_key.show, name="own-key"),
    path("settings/own-key/sheet/", own_key.adopt, name="own-key-adopt"),
    path("settings/own-key/key-service/", own_key.hold, name="own-key-hold"),
    path("settings/own-key/give-up/", own_key.give_up, name="own-key-give-up"),
    path("settings/own-key/lock/", own_key.lock, name="own-key-lock"),
    path("settings/security/", security.show, name="security"),
    path(
        "settings/security/sign-out-everybody/",
        security.sign_out_everybody,
        name="sign-out-everybody",
    ),
]
urlpatterns = [
    path("organizations/", organization.choose, name="choose"),
    path("organizations/<uuid:organization>/locked/", own_key.locked, name="locked"),
    path("set-up/<token>/", links.set_up, name="set-up"),
    path("join/<uuid:organization>/<token>/", links.join, name="join"),
    path("o/<uuid:organization>/", include(own)),
]
