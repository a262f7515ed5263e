"""Every setting, read from the environment by typed readers.

Two ways to run: embedded (`./dev up` starts PostgreSQL and Valkey and writes the secrets), or with
servers of one's own. In the second case nothing has an insecure default: a missing secret, host or
database stops the process.
"""

from __future__ import annotations

import base64
import warnings
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kaizo.env import env_bool, env_int, env_list, env_secret, env_str, refuse_unknown

BASE_DIR = Path(__file__).resolve().parent.parent

refuse_unknown(
    "KAIZO_",
    {
        "KAIZO_ALLOWED_HOSTS", "KAIZO_AUDIT_PUBLIC_KEYS", "KAIZO_AUDIT_WITNESS",
        "KAIZO_BASE_URL", "KAIZO_CHROMIUM", "KAIZO_DATABASE_ROLE",
        "KAIZO_DEMO", "KAIZO_EMAIL_FROM", "KAIZO_EMBEDDED", "KAIZO_HOME", "KAIZO_LOG_LEVEL",
        "KAIZO_MEDIA_DIR", "KAIZO_PORT", "KAIZO_PRIVATE_NETWORKS",
        "KAIZO_ROOT_KEY", "KAIZO_ROOT_KEY_PREVIOUS", "KAIZO_SECRET_KEY", "KAIZO_TRUST_PROXY",
    },
)  # fmt: skip

# --- How it runs -----------------------------------------------------------------------------

EMBEDDED = env_bool("KAIZO_EMBEDDED", default=False)
DEMO = env_bool("KAIZO_DEMO", default=False)
KAIZO_HOME = Path(env_str("KAIZO_HOME", str(BASE_DIR / ".kaizo"))).resolve()
PORT = env_int("KAIZO_PORT", 8000)
BASE_URL = env_str("KAIZO_BASE_URL", f"http://127.0.0.1:{PORT}" if EMBEDDED else None)
HTTPS = urlsplit(BASE_URL).scheme == "https"
if not (EMBEDDED or HTTPS):
    raise ImproperlyConfigured("KAIZO_BASE_URL must start with https:// outside the embedded mode.")

DEBUG = False
SECRET_KEY = env_secret("KAIZO_SECRET_KEY")
ALLOWED_HOSTS = env_list("KAIZO_ALLOWED_HOSTS", ["127.0.0.1", "localhost"] if EMBEDDED else ())
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("KAIZO_ALLOWED_HOSTS is not set.")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []


def _root_key(name: str, default: str | None = None) -> bytes | None:
    raw = env_secret(name, default)
    if not raw:
        return None
    key = base64.b64decode(raw)
    if len(key) != 32:  # noqa: PLR2004 - AES-256
        msg = f"{name} must be 32 bytes in base64."
        raise ImproperlyConfigured(msg)
    return key


# The root key wraps every organisation's key, which wrap every person's. While rotating, the old
# one is still read from KAIZO_ROOT_KEY_PREVIOUS.
ROOT_KEY = _root_key("KAIZO_ROOT_KEY")
ROOT_KEY_PREVIOUS = _root_key("KAIZO_ROOT_KEY_PREVIOUS", "")
# Seals of the audit are also written here, outside the database; keep it on another machine.
AUDIT_WITNESS = env_str(
    "KAIZO_AUDIT_WITNESS", str(KAIZO_HOME / "audit-witness.jsonl") if EMBEDDED else ""
)
# Keys (hexadecimal) that seals were signed with before the root key was rotated twice.
AUDIT_PUBLIC_KEYS = [bytes.fromhex(key) for key in env_list("KAIZO_AUDIT_PUBLIC_KEYS", ())]

# --- Data ------------------------------------------------------------------------------------

# The application's role owns nothing and cannot bypass row-level security; migrations run as the
# owner (manage.py sets this for the commands that need it).
_OWNER = env_str("KAIZO_DATABASE_ROLE", "app") == "owner"


def _database(name: str, owner_name: str) -> dict[str, Any]:
    url = env_secret(owner_name, "") if _OWNER else ""
    options = dj_database_url.parse(
        url or env_secret(name), conn_max_age=60, conn_health_checks=True
    )
    return dict(options)


DATABASES = {
    "default": _database("DATABASE_URL", "DATABASE_OWNER_URL"),
    # Keys, erasure ledger and suppression list: their own database with its own backup, so that
    # restoring the main one brings nobody back.
    "vault": _database("VAULT_DATABASE_URL", "VAULT_DATABASE_OWNER_URL"),
}
DATABASE_ROUTERS = ["kaizo.core.routers.VaultRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_secret("REDIS_URL")
_SOCKET = REDIS_URL.startswith("unix://")
_REDIS = REDIS_URL.split("?", maxsplit=1)[0].rstrip("/")


def _redis(number: int, *, broker: bool = False) -> str:
    if not _SOCKET:
        return f"{_REDIS}/{number}"
    path = _REDIS.removeprefix("unix://")
    return (
        f"redis+socket://{path}?virtual_host={number}" if broker else f"unix://{path}?db={number}"
    )


CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis(1)}
}

# --- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "kaizo.core",
    "kaizo.accounts",
    "privacy",
    "privacy.vault",
    "privacy.rights",
    "tickets",
    "scoring",
    "integrations",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # its templates: some of them are our own
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "kaizo.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kaizo.core.middleware.FormAddressMiddleware",
    "kaizo.core.middleware.DomainErrorMiddleware",
    "kaizo.accounts.middleware.TenantMiddleware",
]

ROOT_URLCONF = "kaizo.urls"
WSGI_APPLICATION = "kaizo.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kaizo.accounts.context.navigation",
            ],
            "builtins": ["kaizo.core.templatetags.ui", "kaizo.core.templatetags.charts"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# What follows a page of tickets, inside its transaction: (organisation, page) callables, so that
# tickets need not know who counts or checks them.
TICKET_FOLLOWERS = ["scoring.metrics.services.follow_page"]

# --- Sign-in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "kaizo.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_USER_DISPLAY = "kaizo.accounts.adapter.name_of"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "kaizo.accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED and not HTTPS
MFA_TOTP_ISSUER = "Kaizo"
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The __Host- prefix binds the cookie to this host over TLS; browsers refuse it on plain HTTP.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-kaizo" if HTTPS else f"kaizo-{PORT}"
CSRF_COOKIE_NAME = "__Host-kaizo-csrf" if HTTPS else f"kaizo-csrf-{PORT}"
LANGUAGE_COOKIE_SECURE = HTTPS

# --- Security headers ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope",
                 "magnetometer", "microphone", "midi", "payment", "usb")
}  # fmt: skip
PERMISSIONS_POLICY["publickey-credentials-get"] = ["self"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"
if env_bool("KAIZO_TRUST_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Sign-in attempts are limited by the visitor's address, not by the proxy's.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

# --- Pages, files, languages -----------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "kaizo" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = EMBEDDED
if EMBEDDED:  # nothing is collected: files come from where they lie
    warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env_str("KAIZO_MEDIA_DIR", str(KAIZO_HOME / "media")))
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Where helpdesks of one's own may live besides the internet. What an admin of any organisation
# could reach through it is the operator's decision, so outside the embedded mode it is empty.
try:
    PRIVATE_NETWORKS = [
        ip_network(name)
        for name in env_list(
            "KAIZO_PRIVATE_NETWORKS", ["127.0.0.0/8", "::1/128"] if EMBEDDED else ()
        )
    ]
except ValueError as error:
    msg = f"KAIZO_PRIVATE_NETWORKS: {error}."
    raise ImproperlyConfigured(msg) from None

EMAIL_CONFIG = env_secret("EMAIL_URL", "")
DEFAULT_FROM_EMAIL = env_str("KAIZO_EMAIL_FROM", "Kaizo <no-reply@kaizo.example>")
if EMAIL_CONFIG:
    _mail = urlsplit(EMAIL_CONFIG)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (
        unquote(_mail.username or ""),
        unquote(_mail.password or ""),
    )
    EMAIL_TIMEOUT = 20
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
else:
    # Mails of the embedded instance land in a folder instead of anybody's inbox.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = KAIZO_HOME / "mail"

# --- Jobs ------------------------------------------------------------------------------------

CELERY_BROKER_URL = _redis(0, broker=True)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Queues in the order in which a worker names them: `-Q celery,texts` reads texts when idle.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2 * 60 * 60,
    "queue_order_strategy": "priority",
}
CELERY_TASK_ROUTES = {"tickets.tasks.check_pending": {"queue": "texts"}}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Without it, Celery closes the database connection around every task.
CELERY_DB_REUSE_MAX = 1000

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kaizo.core.api.TextParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["kaizo.accounts.api.bearer.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PAGINATION_CLASS": "kaizo.core.api.NewestFirst",
    "DEFAULT_THROTTLE_RATES": {"api": "600/min"},
    "EXCEPTION_HANDLER": "kaizo.core.api.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kaizo",
    "VERSION": "1",
    "DESCRIPTION": "Quality reviews of customer service. See docs/use/api.md.",
    "SCHEMA_PATH_PREFIX": "/api/v1/o/{organisation}",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": True,
    "POSTPROCESSING_HOOKS": [
        "kaizo.core.api_schema.add_problems",
        "scoring.quality.scorecards.api.add_documents",
    ],
}

# --- Logs ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": "kaizo.core.logs.formatter",
        }
    },
    "filters": {"readiness": {"()": "kaizo.core.logs.NotReadiness"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "events",
            "filters": ["readiness"],
        }
    },
    "root": {"handlers": ["console"], "level": env_str("KAIZO_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
