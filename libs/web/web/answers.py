"""What is answered, as its schema says it. The journeys hold every answer they get to the schema of its route."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, missing


class Answer(Schema):
    """Base of what routes answer: each member is there; one with a `load_default` may be left out."""

    class Meta:
        """A release may add members: a client passes over what it does not know."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Whoever writes a member need not say each time that it is there."""
        field_obj.required = field_obj.load_default is missing


class Page(Answer):
    """Of a list: how many there are in all, counted up to 1 000, and the cursor of the page behind this one."""

    total = fields.Integer(load_default=None)
    total_is_more = fields.Boolean(load_default=None)
    next = fields.String(load_default=None)


class FieldSaid(Answer):
    """A field of a form, see `web.forms`; which members there are depends on its type."""

    name = fields.String()
    label = fields.String()
    type = fields.String()
    required = fields.Boolean()
    enum = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), load_default=list)
    options = fields.String(load_default=None)
    min = fields.Integer(load_default=None)
    max = fields.Integer(load_default=None)
    default = fields.Raw(load_default=None)
    items = fields.Dict(load_default=None)
    values = fields.Dict(load_default=None)
    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), load_default=list)
    fields_ = fields.List(fields.Dict(), data_key="fields", load_default=list)


class Action(Answer):
    """One of `allowed_actions`: what may be done now, and what to send where (docs/client.md).

    `takes`: of an upload, the media types; `query`: what its address may have. `approval`: who has to approve it.
    """

    action = fields.String()
    title = fields.String()
    method = fields.String()
    href = fields.String()
    fields_ = fields.List(fields.Nested(FieldSaid), data_key="fields")
    takes = fields.List(fields.String(), load_default=list)
    query = fields.List(fields.Nested(FieldSaid), load_default=list)
    approval = fields.Dict(load_default=None)
