"""What comes in over HTTP: officers' decisions and the provider's receipts."""

from marshmallow import EXCLUDE, Schema, fields, validate

from contracts.fields import AnyCode, Flag, Reference


class Settle(Schema):
    was_sent = Flag(required=True)


class Receipt(Schema):
    """The provider may add members: they are not ours to refuse."""

    class Meta:
        unknown = EXCLUDE

    key = Reference(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["delivered", "failed"]))
    code = AnyCode(load_default="none", allow_none=True)
