"""The entry point for the web server; refuses to start as a role that could see too much."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs Django to be set up

from seatrobot.accounts.sign_in_log import origins  # noqa: E402  the same
from seatrobot.runtime import guard  # noqa: E402  the same

guard.check(settings.CONFIG.database_url)
origins.warm_up()
