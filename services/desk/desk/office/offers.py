"""What the services offer, as forms and links: what may be done with a thing, what of it may be opened."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from desk.office import bodies, description, forms, sessions, things
from desk.office.door import client, door, draft, known, me, nonce, secret
from desk.office.words import FACTS

NEW = "new:"  # before the address of what is made there: no thing offers it


@dataclass(frozen=True, slots=True)
class Form:
    """One action as a template draws it."""

    offer: Mapping[str, Any]
    service: str
    of: str  # the address that offers it
    next: str  # the page behind it
    id: str
    seal: str
    key: str
    controls: Sequence[forms.Control]
    kept: bool = False  # what was typed before is in it

    @property
    def faulty(self) -> Sequence[forms.Control]:
        """For the list of what is wrong, on top."""
        return [each for control in self.controls for each in control.faulty()]


def form_id(service: str, offer: Mapping[str, Any]) -> str:
    """Of the form and its draft: what is offered for several targets at one address is told apart by its title."""
    said = (service, *(offer[each] for each in ("method", "href", "action", "title")))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def drawn(
    service: str,
    of: str,
    offer: Mapping[str, Any],
    next_: str,
    given: bodies.Typed | None = None,
    errors: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Form:
    """The form of an offer. `given`: as it was typed; without it what was kept of it, if anything was."""
    name = form_id(service, offer)
    kept = draft(name) if given is None else {}
    fields = [*offer.get("query", ()), *offer["fields"]]
    options = {each: door().names.listed(client(), service, each) for each in forms.options_in(fields)}
    drawing = forms.Drawing(given or kept, errors or {}, options, bodies.more(given or {}))
    seal = sessions.sealed(secret(), service, offer["method"], offer["href"], of)
    return Form(offer, service, of, next_, name, seal, key or nonce(), drawing.draw(fields), bool(kept))


def thing(service: str, address: str) -> Any:
    """What is read there; nothing of what is new. Raises Refused, Away."""
    return {} if address.startswith(NEW) else known(client().many((service, address))[0])


def facts(service: str, answer: Any) -> list[tuple[str, str, Any]]:
    """Member, label and value of what an officer must have read before they act on a thing."""
    if not isinstance(answer, dict):
        return []
    asked = description.told(client(), service, answer.get("given") or {})
    own = [(name, zh, answer[name]) for name, zh in FACTS.items() if answer.get(name)]
    return own + [("given", zh, value) for zh, value in asked]


def files(service: str, address: str, answer: Any) -> list[tuple[str, str]]:
    """Name and link of each file that came with a thing, under its address."""
    listed = answer.get("files") or () if isinstance(answer, dict) else ()
    return [(each["name"], link(service, f"{address}/files/{each['sha256']}")) for each in listed]


def of(service: str, address: str) -> list[dict[str, Any]]:
    """What is offered there now; of an approval what its `can` says, by the description of the service."""
    if address.startswith(NEW):
        href = address.removeprefix(NEW)
        return [description.offer(client(), service, description.template(client(), service, href), href)]
    return _of(service, address, thing(service, address))


def read(service: str, address: str) -> tuple[Any, list[dict[str, Any]]]:
    """A thing and what is offered of it."""
    answer = thing(service, address)
    return answer, of(service, address) if address.startswith(NEW) else _of(service, address, answer)


def _of(service: str, address: str, answer: Any) -> list[dict[str, Any]]:
    offers = things.offered(answer)
    for can in answer.get("can") or ():
        offers.append(description.offer(client(), service, f"{_template(address)}/{can}", f"{address}/{can}"))
    return offers


def makes(service: str, hrefs: Iterable[str]) -> list[tuple[str, str]]:
    """Title and link of what this officer's token may do there, of what no thing offers by itself."""
    found = [one for each in hrefs for one in of(service, f"{NEW}{each}")]
    return [
        (each["title"], todo(service, f"{NEW}{each['href']}", each["href"], request.full_path))
        for each in found
        if each["action"] in me()["may"]
    ]


def _template(of: str) -> str:
    noun = of.strip("/").split("/")[0]
    return f"/{noun}/{{{noun.removesuffix('s')}}}"


def opens(service: str, href: str) -> str:
    """What a link to a paper carries."""
    return sessions.sealed(secret(), service, "GET", href)


def link(service: str, href: str) -> str:
    """To a paper or a file, through us."""
    return url_for("acts.opened", service=service, href=href, seal=opens(service, href))


def papers(answer: Mapping[str, Any], service: str, listed: Any, under: str) -> list[tuple[str, str]]:
    """Title and link of what may be opened of a thing; `listed`: its documents, asked for `under` that address."""
    offers = [each for each in things.offered(answer) if each["method"] == "GET" and each["href"] != under]
    documents = [(each["kind_zh"], link(service, f"{under}/{each['kind']}")) for each in _documents(listed)]
    return documents + [(each["title"], link(service, each["href"])) for each in offers]


def _documents(answer: Any) -> Sequence[Mapping[str, Any]]:
    return answer["documents"] if isinstance(answer, dict) and "documents" in answer else ()


def steps(service: str, address: str, thing: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and link of each act that a thing offers, read at that address."""
    return [
        (each["title"], todo(service, address, each["href"], request.full_path)) for each in thing["allowed_actions"]
    ]


def todo(service: str, address: str, href: str, next_: str) -> str:
    """To the form of one action of a thing that a list named, or of all with no `href`."""
    seal = opens(service, address)
    return url_for("acts.offered", service=service, of=address, href=href, seal=seal, next=next_)
