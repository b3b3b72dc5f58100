"""Passwords and keys of a deployment, made in a container of ours: `deploy/init` calls it. What exists stays.

database/<role>   broker/<user>   sms   grafana   cookie    a password a file: take one away and it is made anew
database/<service>_owner                          whose the service's tables are: given to `migrate` alone
keys/                                             field keys and letter keys per service, the two keys that sign tokens,
                                                  what closes drafts and second factors, and what an agency's door keeps
sealed/                                           the key of those who asked for secrecy: never where the others go
made/                                             what is put together from them, written again each time: of each
                                                  agency's door its compose file, too
"""

import argparse
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from referral.use_cases import directory
from vault import safe
from vault.keyring import generate

SERVICES = ("intake", "referral", "aid", "notify")
SAFES = ("desk", "accounts")  # drafts; second factors
DATABASES = (*SERVICES, "desk", "signer")
CHANNELS = ("phone", "sms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True, help="agencies.yaml")
    parser.add_argument("--our-agency", required=True)
    parser.add_argument("--doors", default="", help="CODE=ADDRESS of agencies that have a door of ours")
    parser.add_argument("--door", type=Path, help="what the compose file of such a door is made of")
    asked = parser.parse_args()
    folder: Path = asked.folder
    agencies = {
        entry["code"]: entry["name"]
        for entry in directory.read(asked.directory)
        if entry["transport"] in ("queue", "web") and entry["code"] != asked.our_agency
    }
    doors = dict(each.partition("=")[::2] for each in asked.doors.split())
    for code in doors.keys() - agencies.keys():
        parser.exit(2, f"AGENCY_DOORS：名录里没有 {code}，或者它不在队列上（transport: web）\n")
    # code → the door's name, which is its database's, too
    own = {code: f"agency_{code.lower().replace('-', '_')}" for code in doors}
    for name in ("database", "broker", "keys", "sealed", "made"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    databases = (*DATABASES, *own.values())
    roles = [role for name in databases for role in (name, f"{name}_owner")]
    database = {name: _kept(folder / "database" / name) for name in ("postgres", *roles)}
    broker = {name: _kept(folder / "broker" / name) for name in ("administrator", *SERVICES, *CHANNELS, *agencies)}
    _kept(folder / "sms")
    _kept(folder / "grafana")
    _kept(folder / "cookie")
    for path in generate(folder / "keys", list(SERVICES)):
        path.chmod(0o444)
    safes = (*SAFES, *own.values())
    for path in (folder / "sealed" / "sealed.key.json", *(folder / "keys" / f"{each}.key.json" for each in safes)):
        if safe.generate(path):
            path.chmod(0o444)
    made = folder / "made"
    administrator = broker.pop("administrator")
    _write(made / "administrator.conf", f"default_user = administrator\ndefault_pass = {administrator}\n")
    _write(made / "management_url", f"http://administrator:{quote(administrator)}@amqp:15672")
    _write(made / "broker.json", json.dumps(broker, indent=1))
    for name in SERVICES:
        _write(made / f"{name}.amqp_url", f"amqp://{name}:{quote(broker[name])}@amqp:5672/%2F")
    for code, name in own.items():
        _write(made / f"{name}.amqp_url", f"amqp://{code}:{quote(broker[code])}@amqp:5672/%2F")
        given = {"code": code, "name": agencies[code], "door": name, "at": doors[code]}
        _write(made / f"{name}.yml", _filled_in(asked.door.read_text("utf-8"), given))
    for name in databases:
        for role, file in ((name, "database_url"), (f"{name}_owner", "owner_url")):
            _write(made / f"{name}.{file}", f"postgresql+psycopg2://{role}:{quote(database[role])}@postgres/{name}")


def _filled_in(text: str, given: Mapping[str, str]) -> str:
    """The same with what stands for each {{name}}. Raises KeyError for one that nobody gives."""
    return re.sub(r"{{(\w+)}}", lambda found: given[found[1]], text)


def _kept(file: Path) -> str:
    if not file.exists():
        _write(file, secrets.token_urlsafe(24))
    return file.read_text().strip()


def _write(file: Path, content: str) -> None:
    # a mounted file keeps its inode: written in place, so that a restarted container sees the new content
    if file.exists():
        file.chmod(0o644)
    file.write_text(content)
    # the container's user must read it; on the machine the folder above, open to its owner only, guards it
    file.chmod(0o444)


if __name__ == "__main__":
    main()
