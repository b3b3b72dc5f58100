"""Passwords and keys of a deployment, made in a container of ours: `deploy/init` calls it. What exists stays.

database/<role>   broker/<user>   sms   grafana   cookie    a password a file: take one away and it is made anew
database/<service>_owner                          whose the service's tables are: given to `migrate` alone
keys/                                             field keys and letter keys per service, the officers' signing key
sealed/                                           the key of those who asked for secrecy: never where the others go
made/                                             what is put together from them, written again each time
"""

import argparse
import json
import secrets
from pathlib import Path
from urllib.parse import quote

from referral.use_cases import directory
from vault import safe
from vault.keyring import generate

SERVICES = ("intake", "referral", "aid", "notify")
CHANNELS = ("phone", "sms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True, help="agencies.yaml")
    parser.add_argument("--our-agency", required=True)
    asked = parser.parse_args()
    folder: Path = asked.folder
    agencies = [
        entry["code"]
        for entry in directory.read(asked.directory)
        if entry["transport"] in ("queue", "web") and entry["code"] != asked.our_agency
    ]
    for name in ("database", "broker", "keys", "sealed", "made"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    roles = [role for name in SERVICES for role in (name, f"{name}_owner")]
    database = {name: _kept(folder / "database" / name) for name in ("postgres", *roles)}
    broker = {name: _kept(folder / "broker" / name) for name in ("administrator", *SERVICES, *CHANNELS, *agencies)}
    _kept(folder / "sms")
    _kept(folder / "grafana")
    _kept(folder / "cookie")
    for path in generate(folder / "keys", list(SERVICES)):
        path.chmod(0o444)
    if safe.generate(folder / "sealed" / "sealed.key.json"):
        (folder / "sealed" / "sealed.key.json").chmod(0o444)
    made = folder / "made"
    administrator = broker.pop("administrator")
    _write(made / "administrator.conf", f"default_user = administrator\ndefault_pass = {administrator}\n")
    _write(made / "management_url", f"http://administrator:{quote(administrator)}@amqp:15672")
    _write(made / "broker.json", json.dumps(broker, indent=1))
    for name in SERVICES:
        _write(made / f"{name}.amqp_url", f"amqp://{name}:{quote(broker[name])}@amqp:5672/%2F")
        for role, file in ((name, "database_url"), (f"{name}_owner", "owner_url")):
            _write(made / f"{name}.{file}", f"postgresql+psycopg2://{role}:{quote(database[role])}@postgres/{name}")


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
