"""The entry point for the web server; refuses to start as a role that could see too much."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs Django to be set up
from django.urls import get_resolver  # noqa: E402  the same

from seatrobot.accounts.sign_in_log import origins  # noqa: E402  the same
from seatrobot.kernel.vault.holding import process  # noqa: E402  the same
from seatrobot.runtime import guard  # noqa: E402  the same

process.name = "web"
guard.check(settings.CONFIG.database_url)
origins.warm_up()

# Everything that stays for good is loaded now, and left out when memory is looked through: a full
# collection took 140 ms in a request that draws 10,000 guests, and takes 10 ms without it.
get_resolver().url_patterns  # noqa: B018  imports every view
gc.collect()
gc.freeze()
