"""What is answered, as its schema says it. A test that asks a route holds its answer to the schema."""

from typing import Any

from marshmallow import Schema, fields, missing


class Answer(Schema):
    """Base of what routes answer: each member is there; one with a `load_default` may be left out."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Whoever writes a member need not say each time that it is there."""
        field_obj.required = field_obj.load_default is missing


class Action(Answer):
    """One of `allowed_actions`: what may be done now, and what to send where (docs/client.md)."""

    action = fields.String()
    title = fields.String()
    method = fields.String()
    href = fields.String()
    fields_ = fields.List(fields.Dict(keys=fields.String()), data_key="fields")
    takes = fields.List(fields.String(), load_default=list)
    query = fields.List(fields.Dict(keys=fields.String()), load_default=list)
    # of a lead: the one agency it goes to, and which kinds fit there
    to = fields.String(load_default=None)
    kinds = fields.List(fields.String(), load_default=list)
    approval = fields.Dict(keys=fields.String(), load_default=None)
