"""What happened to which number. People are never in an event; the schema base has no field for them.

A module for each service that says them, and `any` for what each of them says. An event is one class (its type, its
sentence, its fields) and its golden sample in `samples/event`. No code stands here: `any` would be the module.
"""
