from django.apps import AppConfig


class PracticesConfig(AppConfig):
    name = "seatrobot.practices"
    label = "practices"

    def ready(self) -> None:
        from seatrobot.kernel.promises.declaring import PROMISES, PUBLISHED, UNREAD
        from seatrobot.practices import wording
        from seatrobot.practices.faults import result
        from seatrobot.practices.sections import declare_promises

        PUBLISHED.update(changelog=wording.FILE, faults=result.FILE)
        declare_promises()
        UNREAD.update(wording.unread(PROMISES.values()))
