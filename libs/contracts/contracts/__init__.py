"""The published language: what travels between services, agencies and operators, and the words it is said in.

- `events`, `letters`, `agency`, `channels`: one class for each type, which says that type itself (`message`)
- `registry`: collects those classes and checks what is said and heard by them
- `fields`, `given`, `plain`, `strict`: what a field may be; what comes from outside is stricter than what is ours
- `vocabulary`, `sentences`, `problems`: the words, what is wrong with a body, what a refusal looks like (RFC 9457)
- `routes`, `purposes`, `county`: who hears whom, what may leave for an agency, how a county's files are read
- `reference`: draws docs/messages.md and the AsyncAPI document from all that
"""
