"""The device grant: each poll is answered as RFC 8628 3.5 says."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from lychgate.oauth.device import GRANT as DEVICE

from .acts import CLIENTS, OTHER, PICK, WHICH, Acts
from .known import Device, Person, may
from .world import PASSWORD, Visitor

DEVICE_LIFE = 600  # seconds, as the server documents it


class Devices(Acts):
    @rule(which=PICK)
    def a_device_asks(self, which: int) -> None:
        self._device_asks(which)

    def _device_asks(self, which: int) -> None:
        self.tick()
        program = self.known.programs[which]
        answer = self._post("/oauth2/device", {"scope": "read"}, program)
        if not program.active:
            return self._refused(answer, "invalid_client")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        device = Device(body["device_code"], body["verification_uri_complete"], program, {"read"}, self.now)
        self.known.devices.append(device)
        return None

    def _waiting(self) -> list[Device]:
        end = self.now - 1000 * DEVICE_LIFE + 1
        return [one for one in self.known.devices if one.state == "waiting" and one.made > end]

    @rule(who=PICK, which=WHICH, allows=st.sampled_from([True, True, False]))
    @precondition(lambda self: self._waiting())
    def a_person_decides_about_a_device(self, who: int, which: int, allows: bool) -> None:
        self.tick()
        waiting, person = self._waiting(), self.known.persons[who]
        if not waiting or not person.active:
            return
        self._decides(waiting[which % len(waiting)], person, allows)

    @rule(who=PICK, which=PICK, allows=st.sampled_from([True, True, False]))
    def a_device_asks_and_a_person_decides(self, who: int, which: int, allows: bool) -> None:
        before = len(self.known.devices)
        self._device_asks(which)
        self.tick()
        if len(self.known.devices) > before and self.known.persons[who].active:
            self._decides(self.known.devices[-1], self.known.persons[who], allows)

    def _decides(self, device: Device, person: Person, allows: bool) -> None:
        visitor = person.visitor
        visitor.open(device.link)
        self._types_code(visitor)
        if visitor.has("password"):
            visitor.log_in(person.row.email, PASSWORD)
            if not visitor.has("answer"):
                self._types_code(visitor)
        asked = visitor.has("answer")
        assert asked == may(device.program, person, self.step), visitor.page.text
        if asked:
            visitor.send({"answer": "allow" if allows else "refuse"})
            device.state, device.person, device.decided = "allowed" if allows else "refused", person, self.step

    def _types_code(self, visitor: Visitor) -> None:
        if visitor.has("user_code"):
            visitor.send({"user_code": visitor.form(names={"user_code"}).fields["user_code"]})

    @rule(which=WHICH, client=CLIENTS)
    @precondition(lambda self: self.known.devices)
    def a_device_polls(self, which: int, client: str) -> None:
        self.tick()
        device = self.known.devices[-1 - which % min(3, len(self.known.devices))]
        sender = self._sender(device.program, client)
        answer = self._post("/oauth2/token", {"grant_type": DEVICE, "device_code": device.code}, sender)
        if not sender.active:
            return self._refused(answer, "invalid_client")
        if client == OTHER:
            return self._refused(answer, "invalid_grant")
        if self.now >= device.made + 1000 * DEVICE_LIFE:
            return self._refused(answer, "expired_token")
        early = device.state != "done" and self.now < device.polled + 1000 * device.interval
        device.polled = self.now
        if early:
            device.interval += 5
            return self._refused(answer, "slow_down")
        said = {"waiting": "authorization_pending", "refused": "access_denied", "done": "invalid_grant"}
        if device.person is None or device.state in said:
            return self._refused(answer, said[device.state])
        if not may(device.program, device.person, device.decided):
            return self._refused(answer, "invalid_grant")
        device.state = "done"
        self.world.seen["a login by device"] += 1
        self._began(answer, device.program, device.person, device.scope)
        return None
