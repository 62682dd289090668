from django.apps import AppConfig


class PracticesConfig(AppConfig):
    name = "seatrobot.practices"
    label = "practices"

    def ready(self) -> None:
        from seatrobot.kernel.promises.declaring import PROMISES, UNREAD
        from seatrobot.practices import wording
        from seatrobot.practices.sections import declare_promises

        declare_promises()
        UNREAD.update(wording.unread(PROMISES.values()))
