"""What the events of every service are made of."""

from string import Formatter
from typing import Any

from marshmallow import Schema, fields

from contracts.fields import EVENT_FIELDS, PetitionNumber
from contracts.message import Published


class _OfEvents(Published):
    """Looks at the fields once marshmallow has collected them: in __init_subclass__ there are none yet."""

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **said: Any):  # noqa: N805
        sentence, brief = attrs.get("sentence", ""), attrs.get("brief")
        service = cls.__module__.rpartition(".")[2]
        super().__init__(name, bases, attrs, category="event", source=service, sentence=sentence, brief=brief, **said)
        for field_name, field in cls._declared_fields.items():
            inner = field.inner if isinstance(field, fields.List) else field
            if not isinstance(inner, EVENT_FIELDS):
                raise TypeError(f"{name}.{field_name}: an event cannot declare {type(inner).__name__}")
        if cls.contract is not None and sentence == "":
            raise TypeError(f"{name} says no sentence: what an officer reads of it, or None where nobody does")
        said_of = {field for each in (sentence, brief) for _, field, _, _ in Formatter().parse(each or "") if field}
        if strangers := said_of - set(cls._declared_fields):
            raise TypeError(f"{name}: its sentence names {sorted(strangers)}, which it has not")


class Event(Schema, metaclass=_OfEvents, type=None):
    """Base of every event: `class PetitionClosed(OfPetition, type="petition.closed.v1")`.

    Refused when the module is read: a field that could carry a person, no type, no sentence.

    `sentence`: what an officer reads on a petition's timeline, its fields in braces; None where nobody does.
    `brief`: what reads who may not read what was said, where the sentence itself tells whom it hits.
    """


class OfPetition(Event, type=None):
    """About one petition."""

    petition = PetitionNumber(required=True)
