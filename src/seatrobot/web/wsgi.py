"""The entry point for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
application = get_wsgi_application()

from seatrobot.accounts import devices  # noqa: E402  needs Django to be set up

devices.warm_up()
