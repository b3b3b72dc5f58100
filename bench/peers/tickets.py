"""django-helpdesk behind gunicorn: one ticket a request, by its own REST API, as its documentation sets it up.

Run by bench/registering.py in an environment of its own. `prepare` makes the schema, a queue and who asks, and prints
their token; `serve HOST:PORT` answers until it is ended. A ticket is written with its first follow-up by statements
that commit by themselves; nothing is encrypted, numbered without gaps or told to others; no mail is sent.
"""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

_AT = urlsplit(os.environ["DATABASE"])
PROCESSES, THREADS = 2, 2

settings.configure(
    SECRET_KEY="only for measurements",  # noqa: S106
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.admin",
        "django.contrib.messages",
        "django.contrib.humanize",
        "rest_framework",
        "rest_framework.authtoken",
        "helpdesk",
    ],
    MIDDLEWARE=[],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _AT.path.lstrip("/"),
            "USER": _AT.username,
            "PASSWORD": _AT.password,
            "HOST": _AT.hostname,
            "PORT": _AT.port,
            "CONN_MAX_AGE": None,
        }
    },
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]},
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    SITE_ID=1,
    USE_TZ=True,
    LOGGING_CONFIG=None,
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_ACTIVATE_API_ENDPOINT=True,
)
django.setup()

from django.urls import include, path  # noqa: E402 - needs the settings

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]


def prepare() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from helpdesk.models import Queue
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    Queue.objects.get_or_create(slug="desk", defaults={"title": "desk"})
    officer, _ = User.objects.get_or_create(username="officer", defaults={"is_staff": True, "is_superuser": True})
    sys.stdout.write(f"{Token.objects.get_or_create(user=officer)[0].key}\n")


def serve(address: str) -> None:
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):
        def load_config(self) -> None:
            given = {"bind": address, "workers": PROCESSES, "threads": THREADS, "loglevel": "error"}
            for name, value in given.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return get_wsgi_application()

    Served().run()


if sys.argv[1] == "prepare":
    prepare()
else:
    serve(sys.argv[2])
