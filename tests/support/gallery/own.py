"""The pages of a person logged in: clients, sessions, account, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lychgate.server.pages.account import Account, Passkey, SshKey
from lychgate.server.pages.clients import Allowed, Issued, MyClients, OwnClient, Session
from lychgate.server.pages.confirm import Confirm
from lychgate.server.pages.paths import path
from lychgate.server.pages.proofs import (
    AddPasskey,
    AddSshKey,
    AddTotp,
    ChangeName,
    ChangePassword,
    RecoveryCodes,
    RemoveFactor,
)
from lychgate.server.pages.qr import qr
from lychgate.server.pages.secret import NewClient, NewSecret
from lychgate.server.pages.view import Frame, Notice, Program, View

from .made_up import ADA, DAY, FEW, HOUR, LAYLA, LONG, LONGEST, MINUTE, MORE, NOW, RTL, frame

CLIENT = "b2628e59-7391-4ad4-b891-32706a5d7fc6"
SECRET = "Zk3v9QmT0xL8rYw2Hc5uNf7pJd1gBs6aEo4iKqWjXtM"
PASSKEY_NEW = (
    '{"rp":{"name":"Example Climate Centre","id":"localhost"},"user":{"id":"AQID","name":"ada","displayName":"Ada"},'
    '"challenge":"AAECAwQFBgcICQoLDA0ODw","pubKeyCredParams":[{"type":"public-key","alg":-7}],"timeout":60000,'
    '"excludeCredentials":[],"authenticatorSelection":{"residentKey":"required","userVerification":"preferred"}}'
)
SESSIONS = (
    Session(
        id="s1",
        kind="browser",
        name="Firefox on Linux",
        made_at=NOW - 2 * HOUR,
        used_at=NOW,
        ends_at=NOW + 30 * DAY,
        address="192.0.2.7",
        this_one=True,
    ),
    Session(
        id="s2",
        kind="program",
        name="Climate Notebook",
        made_at=NOW - 80 * DAY,
        used_at=NOW - 5 * MINUTE,
        ends_at=NOW + 280 * DAY,
        address="198.51.100.20",
    ),
    Session(
        id="s3",
        kind="browser",
        name="Safari on iPhone",
        made_at=NOW - 20 * DAY,
        used_at=NOW - 3 * DAY,
        ends_at=NOW + 2 * DAY,
        address="2001:db8:85a3:8d3:1319:8a2e:370:7348",
    ),
)
CLIENTS = (
    OwnClient(id=CLIENT, name="Nightly job", made_at=NOW - 90 * DAY, used_at=NOW - 9 * HOUR, ends_at=NOW + 3 * DAY),
    OwnClient(id="0c5e0d5e-7a5b-4a36-9c7e-5d2f3f1c9a11", name="Laptop", made_at=NOW - DAY),
)
PROGRAMS = (
    Allowed(id="main/n", program=Program(name="Climate Notebook", host="notebook.example"), powers=FEW, at=NOW - DAY),
    Allowed(id="main/l", program=replace(LONGEST, registered_by_itself=True), powers=FEW + MORE, at=NOW - 80 * DAY),
)
TOKENS = (
    Issued(id="5f0c9a1e-1", made_at=NOW - DAY, ends_at=NOW + 29 * DAY, used_at=NOW - HOUR, address="192.0.2.7",
           renewable=True, limited=True, preferences="uid:ada,group:" + "g" * 100),
    Issued(id="81b2d4f0-2", made_at=NOW - MINUTE, ends_at=NOW + 4 * MINUTE,
           address="2001:db8:85a3:8d3:1319:8a2e:370:7348"),
)  # fmt: skip
TOTP_URL = "otpauth://totp/Example%20Climate%20Centre:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Example"


def entries() -> Iterator[tuple[str, View, Frame]]:
    yield from _secrets()
    yield from _mine()
    yield from _account()
    yield from _proofs()


def _secrets() -> Iterator[tuple[str, View, Frame]]:
    yield "client-new", NewClient(person=ADA), frame(ADA)
    made = NewClient(person=LAYLA, powers=FEW + MORE, service="https://wps.example.org/wps", name="x" * 100)
    yield "client-new-wrong", replace(made, problem="You have a client of this name. Take another one."), frame(LAYLA)
    command = f"lychgate profile add climate --issuer https://auth.example.org \\\n  --client-id {CLIENT}"
    first = NewSecret(state="first", client=CLIENT, name="Nightly job", secret=SECRET, command=command)
    yield "secret-first", first, frame(ADA)
    yield "secret-rotated", replace(first, state="rotated", old_until=NOW + DAY, ends=NOW + 365 * DAY), frame(ADA)
    yield "secret-rotated-at-once", replace(first, state="rotated", name=LONGEST.name), frame(ADA)
    yield "secret-shown", NewSecret(state="shown", client=CLIENT, name=RTL.name), frame(ADA)


def _mine() -> Iterator[tuple[str, View, Frame]]:
    yield "mine", MyClients(sessions=SESSIONS, programs=PROGRAMS, clients=CLIENTS, issued=TOKENS), frame(ADA)
    yield "mine-none", MyClients(sessions=SESSIONS[:1]), frame(ADA)
    yield "mine-nothing", MyClients(may_make=False), frame(ADA)
    sessions = SESSIONS + tuple(replace(SESSIONS[1], id=f"m{n}", name=f"Station {n}") for n in range(9))
    clients = (*CLIENTS, replace(CLIENTS[0], name=LONGEST.name, ends_at=NOW - HOUR, active=False))
    sessions = (*sessions, replace(SESSIONS[1], id="rtl", name=RTL.name), replace(SESSIONS[1], id="x", name="W" * 90))
    yield "mine-many", MyClients(sessions=sessions, clients=clients), frame(LONG)
    ended = Notice(text="The session “Climate Notebook” was ended. Its tokens are refused from now on.", kind="done")
    yield "mine-ended", MyClients(sessions=SESSIONS[:1], clients=CLIENTS[:1]), frame(ADA, notice=ended)
    yield (
        "mine-remove",
        Confirm(
            question="Remove the client “Nightly job”?",
            consequence="Programs that use its id and secret are refused at once. This cannot be undone.",
            verb="Remove it",
            action=path("client_remove"),
            back=path("mine"),
            hidden=(("id", CLIENT),),
        ),
        frame(ADA),
    )


def _account() -> Iterator[tuple[str, View, Frame]]:
    full = Account(
        person=ADA,
        password_at=NOW - 200 * DAY,
        totp_at=NOW - 100 * DAY,
        passkeys=(
            Passkey(id="p1", name="Phone", made_at=NOW - 90 * DAY, used_at=NOW - HOUR),
            Passkey(id="p2", name="Key on my ring", made_at=NOW - 9 * DAY),
        ),
        recovery_left=2,
        recovery_made=10,
        keys=(
            SshKey(
                id="k1", name="ada@workstation-of-the-northern-hemisphere", kind="ssh-ed25519",
                fingerprint="SHA256:Zk3v9QmT0xL8rYw2Hc5uNf7pJd1gBs6aEo4iKqWjXtM", made_at=NOW - 30 * DAY,
            ),
        ),
    )  # fmt: skip
    yield "account-empty", Account(person=LAYLA), frame(LAYLA)
    yield "account", full, frame(ADA)
    yield "account-long", replace(full, person=LONG, recovery_left=9, unicore=False), frame(LONG)


def _proofs() -> Iterator[tuple[str, View, Frame]]:
    yield "name", ChangeName(name="Ada Lovelace"), frame(ADA)
    yield "name-wrong", ChangeName(name="bob", problem="Somebody else has this name. Choose another one."), frame(ADA)
    yield "password", ChangePassword(shortest=8, name="ada"), frame(ADA)
    wrong = ChangePassword(shortest=8, wrong="password", problem="This is not your current password. Type it again.")
    yield "password-wrong", wrong, frame(ADA)
    short = "The password is too short. Take at least 8 characters."
    yield "password-first", ChangePassword(shortest=8, has_one=False, wrong="new", problem=short), frame(ADA)
    totp = AddTotp(secret="JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", qr=qr(TOTP_URL))
    yield "totp", totp, frame(ADA)
    yield (
        "totp-wrong",
        replace(totp, problem="This is not the code of now. Wait for the next one, type that."),
        frame(ADA),
    )
    yield "recovery", RecoveryCodes(), frame(ADA)
    yield "recovery-renew", RecoveryCodes(left=2), frame(ADA)
    codes = tuple(f"{n}k7d-m2w{n}-x9q{n}" for n in range(10))
    yield "recovery-codes", RecoveryCodes(codes=codes), frame(ADA)
    yield "passkey", AddPasskey(options=PASSKEY_NEW), frame(ADA)
    used = "This passkey is among yours already. Use another device or key."
    yield "passkey-wrong", AddPasskey(options=PASSKEY_NEW, problem=used, name="Phone"), frame(ADA)
    gone = RemoveFactor(
        what="the passkey “Key on my ring”", action=path("passkey_remove"), name="ada", hidden=(("id", "p2"),),
        consequence="Your login asks for what is left; with no other second factor the password alone is enough again.",
    )  # fmt: skip
    yield "factor-remove", gone, frame(ADA)
    yield "factor-remove-wrong", replace(gone, problem="This is not your current password. Type it again."), frame(ADA)
    yield "ssh-key", AddSshKey(), frame(ADA)
    private = "This is a private key: nothing was kept. Give the line of the file that ends in .pub."
    yield "ssh-key-wrong", AddSshKey(key="-----BEGIN …", problem=private), frame(ADA)
