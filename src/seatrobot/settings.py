"""Django's settings. What differs between instances comes from `runtime.config`."""

from urllib.parse import urlsplit

import dj_database_url

from seatrobot.runtime.config import Config
from seatrobot.runtime.roles import APP

CONFIG = Config.from_env()

DEBUG = False
SECRET_KEY = CONFIG.secret_key()
ALLOWED_HOSTS = [urlsplit(CONFIG.base_url).hostname or "", "127.0.0.1", "localhost"]
ALLOWED_PORTS = {
    *("80", "443", str(CONFIG.port)),
    str(urlsplit(CONFIG.base_url).port or CONFIG.port),
}
"""Ports that may stand after the name of the host; Django looks at the name alone."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "seatrobot.kernel.tenancy",
    "seatrobot.kernel.journal",
    "seatrobot.kernel.progress",
    "seatrobot.kernel.promises",
    "seatrobot.kernel.heads",
    "seatrobot.kernel.staff",
    "seatrobot.kernel.vault",
    "seatrobot.help",
    "seatrobot.accounts",
    "seatrobot.personnel",
    "seatrobot.devices",
    "seatrobot.providers",
    "seatrobot.organizations",
    "seatrobot.grants",
    "seatrobot.deletion",
    "seatrobot.contacts",
    "seatrobot.events",
    "seatrobot.guests",
    "seatrobot.seating",
    "seatrobot.checkin",
    "seatrobot.archive",
    "seatrobot.practices",
    "seatrobot.practices.subscribing",
    "seatrobot.web",
    "django.forms",
]

MIDDLEWARE = [
    "seatrobot.web.middleware.request_id",
    "seatrobot.web.middleware.proxied_scheme",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "seatrobot.web.middleware.content_headers",
    "seatrobot.web.middleware.over_tls",
    "seatrobot.web.middleware.known_methods",
    "seatrobot.web.middleware.known_ports",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "seatrobot.web.middleware.origin",
    "seatrobot.web.counting.sign_ins",
    "seatrobot.accounts.staff.sessions.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "seatrobot.accounts.factors.review.review_first",
    "seatrobot.web.middleware.refusals",
    "seatrobot.grants.visit_middleware.visits",
]

ROOT_URLCONF = "seatrobot.web.urls"
WSGI_APPLICATION = "seatrobot.web.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "seatrobot.web.navigation.navigation",
                "seatrobot.organizations.security.banner.banner",
                "seatrobot.grants.visit_middleware.context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": {
        **dj_database_url.parse(
            CONFIG.recorder_url or CONFIG.database_url or "postgresql:///unconfigured"
        ),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
# Each connection plans a statement once: half of PostgreSQL's work for a check-in.
DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=1)
if CONFIG.recorder_url:
    # An examining process is the application but for the moment in which it inserts evidence.
    DATABASES["default"]["OPTIONS"]["assume_role"] = APP
if CONFIG.owner_url:
    DATABASES["owner"] = {**dj_database_url.parse(CONFIG.owner_url), "TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["seatrobot.accounts.signing_in.sessions.PasswordBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "seatrobot.accounts.passwords.strength.NotEasyToGuess"},
    {"NAME": "seatrobot.accounts.passwords.strength.NotLeaked"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "organizations:choose"
PASSWORD_RESET_TIMEOUT = 60 * 60

SESSION_ENGINE = "seatrobot.accounts.signing_in.sessions"
SESSION_COOKIE_NAME = "__Host-session" if CONFIG.secure else "session"
SESSION_COOKIE_SECURE = CONFIG.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
# Not __Host-, which would ask for Path=/ and so take it to the pages of members.
STAFF_COOKIE_NAME = "__Secure-staff-session" if CONFIG.secure else "staff-session"
STAFF_COOKIE_PATH = "/staff/"
CSRF_COOKIE_NAME = "__Host-csrf" if CONFIG.secure else "csrf"
CSRF_COOKIE_SECURE = CONFIG.secure
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "seatrobot.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [CONFIG.base_url]
MESSAGE_STORAGE = "seatrobot.web.storage.Messages"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 730
SECURE_HSTS_INCLUDE_SUBDOMAINS = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["seatrobot.guests.uploads.BoundedMemory"]

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.data / "static"
STATIC_LISTS = CONFIG.data / "static-lists"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "seatrobot.web.storage.StaticFiles"},
}

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

DEFAULT_FROM_EMAIL = CONFIG.mail_from
PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

VAULT_KEYSTORE = CONFIG.keystore
VAULT_KEY_STORES = CONFIG.key_stores
VAULT_ROOT_KEY = CONFIG.root_key
VAULT_ROOT_KEYS = CONFIG.root_keys
JOURNAL_KEY = CONFIG.journal_key
ML_DSA_KEY = CONFIG.ml_dsa_key
EVIDENCE_KEY = CONFIG.evidence_key
EVIDENCE_PUBLIC = CONFIG.evidence_public
EXAMINER_URL = CONFIG.examiner_url
BASE_URL = CONFIG.base_url
TRUSTED_PROXIES = CONFIG.trusted_proxies
WEBHOOK_PRIVATE = CONFIG.webhook_private
OWN_KEY_PORTS = CONFIG.own_key_ports
LEAKED_PASSWORDS = CONFIG.leaked_passwords

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "seatrobot.web.log_lines.Line"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        # What a person may not do is in the journal; the operator reads of what we did wrong.
        "django.request": {"level": "ERROR"},
        # A scanner's made-up host would leave a stack of fourteen lines for each request.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
