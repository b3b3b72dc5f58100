"""django-helpdesk's own pages, as its documentation sets them up, with the fields of a visit beside its own.

Run by bench/desk_pages.py in an environment of its own: `HOST:PORT FOLDER` answers until it is ended; who logs in is
officer, with the password officer. A ticket is a title and a text; who came, how to reach them, their consent, the kind
and the line are custom fields of it, since it has none of its own for them.
"""

import sys
from pathlib import Path

import django
from django.conf import settings

ADDRESS, FOLDER = sys.argv[1], Path(sys.argv[2])
BACKEND = "django.contrib.auth.backends.ModelBackend"
_OURS = ("auth", "contenttypes", "sessions", "sites", "admin", "messages", "humanize", "staticfiles")
_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
_CONTEXT = ("template.context_processors.request", "contrib.auth.context_processors.auth")

settings.configure(
    SECRET_KEY="only for measurements",  # noqa: S106
    DEBUG=True,  # its own files are served by it
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[*(f"django.contrib.{each}" for each in _OURS), "rest_framework", "helpdesk"],
    MIDDLEWARE=list(_MIDDLEWARE),
    AUTHENTICATION_BACKENDS=[BACKEND],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    *(f"django.{each}" for each in _CONTEXT),
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "helpdesk.sqlite")}},
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    MEDIA_ROOT=str(FOLDER),
    STATIC_URL="/static/",
    SITE_ID=1,
    USE_TZ=True,
    LANGUAGE_CODE="en-us",
    LOGIN_URL="/login/",
    LOGIN_REDIRECT_URL="/dashboard/",
    LOGGING_CONFIG=None,
    HELPDESK_TEAMS_MODE_ENABLED=False,
)
django.setup()

from django.contrib.staticfiles.urls import staticfiles_urlpatterns  # noqa: E402 - needs the settings
from django.urls import include, path  # noqa: E402 - needs the settings

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk")), *staticfiles_urlpatterns()]


def prepare() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from helpdesk.models import CustomField, Queue

    call_command("migrate", verbosity=0)
    Queue.objects.get_or_create(slug="desk", defaults={"title": "desk"})
    if not User.objects.filter(username="officer").exists():
        User.objects.create_superuser("officer", password="officer")  # noqa: S106 - of a measurement
    for order, (name, type_, choices) in enumerate(
        (
            ("person", "varchar", ""),
            ("resident", "varchar", ""),
            ("phone", "varchar", ""),
            ("address", "varchar", ""),
            ("consent", "boolean", ""),
            ("kind", "list", "proposal\naccusation\nclaim"),
            ("line", "list", "appeal\ncriminal\ncivil\nadministrative\naid\npublic\nsupport\nother"),
        )
    ):
        given = {"label": name, "data_type": type_, "list_values": choices, "required": False, "ordering": order}
        given |= {"max_length": 100} if type_ == "varchar" else {}
        given |= {"empty_selection_list": True} if type_ == "list" else {}
        CustomField.objects.get_or_create(name=name, defaults=given)


def serve() -> None:
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):
        def load_config(self) -> None:
            for name, value in {"bind": ADDRESS, "workers": 1, "threads": 4, "loglevel": "error"}.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            return get_wsgi_application()

    Served().run()


prepare()
serve()
