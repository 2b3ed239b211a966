"""Settings come from the environment; what is not set has a safe default for one machine.

The names are documented in docs/reference/settings.md."""

import os
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from balcao.config import secrets
from balcao.config.database import databases

BASE = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


DATA = Path(env("BALCAO_DATA", "data")).resolve()
DEBUG = flag("BALCAO_DEBUG")
DEMO = flag("BALCAO_DEMO")  # shows the demonstration sign-ins on the sign-in page
GALLERY = DEBUG or flag("BALCAO_GALLERY")
SECRET_KEY = secrets.secret_key(DATA)
# For access codes alone: with Django's SECRET_KEY_FALLBACKS whoever got the old secret could still forge sign-ins.
OLD_SECRET_KEYS = [k for k in env("BALCAO_OLD_SECRET_KEYS").split(",") if k]
BALCAO_FIELD_KEYS = [k for k in env("BALCAO_FIELD_KEYS").split(",") if k] or [SECRET_KEY]
ALLOWED_HOSTS = [h for h in env("BALCAO_HOSTS", "localhost,.localhost,127.0.0.1,[::1]").split(",") if h]
BASE_URL = env("BALCAO_URL", "http://localhost:8000")
CSRF_TRUSTED_ORIGINS = [o for o in env("BALCAO_ORIGINS").split(",") if o]
TRUST_PROXY = flag("BALCAO_TRUST_PROXY")
METRICS_TOKEN = env("BALCAO_METRICS_TOKEN")
VLIBRAS = flag("BALCAO_VLIBRAS")
CLAMAV = env("BALCAO_CLAMAV")  # path of clamd's socket, or host:port
# Networks of our own that webhooks and connectors may reach all the same; any other private address is refused.
OUTSIDE_ALLOW = [n.strip() for n in env("BALCAO_OUTSIDE_ALLOW").split(",") if n.strip()]
PMTILES = env("BALCAO_PMTILES")  # address of a base map; without one the city's own polygons are drawn

DATABASES = databases(os.environ.get("DATABASE_URL"))
CACHES = {
    "default": {"BACKEND": "balcao.platform.shared_cache.SharedCache"},  # tries to sign in: all processes count alike
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",  # allauth's page of security keys speaks with it
    "django.forms",  # its widgets' templates, which allauth's hidden fields use
    "django_htmx",
    "procrastinate.contrib.django",
    "balcao.platform",
    "balcao.web",
    "balcao.organization",
    "balcao.citizens",
    "balcao.catalog",
    "balcao.clocks",
    "balcao.cases",
    "balcao.workorders",
    "balcao.inbox",
    "balcao.questionnaires",
    "balcao.privacy",
    "balcao.insights",
    "balcao.console",
    "balcao.api",
    "balcao.channels.portal",
    "balcao.channels.email",
    "balcao.channels.open311",
    "balcao.channels.whatsapp",
    "balcao.channels.webchat",
    "balcao.config",
    "allauth",  # after the console: its templates dress these pages
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "balcao.config.middleware.policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "balcao.config.middleware.logged",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "balcao.config.middleware.who_and_where",
    "balcao.console.shell.language_of_staff",
    "balcao.config.middleware.refusals",
]

ROOT_URLCONF = "balcao.config.urls"
WSGI_APPLICATION = "balcao.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "balcao.config.context.site",
                "balcao.console.shell.frame",
                "balcao.console.sign_in.entrance",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "balcao.web.templatetags.web"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- people and sign-in -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organization.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_ADAPTER = "balcao.console.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff are invited by an administrator, who knows the address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True  # until SESSION_COOKIE_AGE: a working day; nobody is asked
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_ADAPTER = "balcao.console.second_factor.Adapter"
MFA_TOTP_ISSUER = "Balcão"

# --- words --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = env("BALCAO_LANGUAGE", "pt-br")
LANGUAGES = [("pt-br", "Português (Brasil)"), ("pt-pt", "Português (Portugal)"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale", BASE / "console" / "allauth_words"]
FORMAT_MODULE_PATH = ["balcao.config.formats"]
TIME_ZONE = env("BALCAO_TIME_ZONE", "America/Sao_Paulo")
USE_TZ = True

# --- files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Ninja's scripts and styles alone: as an installed app it takes 8 MB of processes that serve no API.
STATICFILES_DIRS = [("ninja", str(distribution("django-ninja").locate_file("ninja/static/ninja")))]
STATIC_ROOT = Path(env("BALCAO_STATIC", str(DATA / "static")))
MEDIA_ROOT = DATA / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
MAX_UPLOAD = 25 * 1024 * 1024  # bytes a file
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # a question takes ten, and says so itself beside what it kept
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# --- mail ---------------------------------------------------------------------------------------------------
EMAIL_HOST = env("BALCAO_SMTP_HOST")
EMAIL_PORT = int(env("BALCAO_SMTP_PORT", "25"))
EMAIL_HOST_USER = env("BALCAO_SMTP_USER")
EMAIL_HOST_PASSWORD = env("BALCAO_SMTP_PASSWORD")
EMAIL_USE_TLS = flag("BALCAO_SMTP_STARTTLS")
EMAIL_USE_SSL = flag("BALCAO_SMTP_TLS")
EMAIL_TIMEOUT = 5  # seconds; a slow server delays its own queue only
DEFAULT_FROM_EMAIL = env("BALCAO_MAIL_FROM", "Balcão <nao-responda@localhost>")
# Where mail comes in: read when it is used (channels/email/mailboxes.py), for it may hold what cannot be understood.
MAILBOXES = env("BALCAO_MAILBOXES")
MAIL_LISTEN = env("BALCAO_MAIL_LISTEN")
# Messages that one person may send us: a minute, an hour.
PER_SENDER = [int(n) for n in env("BALCAO_PER_SENDER", "60/600").split("/")]
# Without a mail server the demonstration keeps each message as a file, to be read under data/mail.
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA / "mail"

# --- safety -------------------------------------------------------------------------------------------------
SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "balcao.platform.sessions"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "balcao.web.errors.stale_form"
_VLIBRAS = ["https://vlibras.gov.br", "https://*.vlibras.gov.br"] if VLIBRAS else []
CONTENT_SECURITY_POLICY = {
    "default-src": ["'self'", *_VLIBRAS],
    "script-src": ["'self'", *_VLIBRAS],
    "style-src": ["'self'", *_VLIBRAS],
    "img-src": ["'self'", "data:", "blob:", *_VLIBRAS],
    "connect-src": ["'self'", *_VLIBRAS],
    "worker-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# --- logs ---------------------------------------------------------------------------------------------------
from balcao.config.logging import LOGGING  # noqa: E402, F401
