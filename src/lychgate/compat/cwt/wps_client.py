"""``cwt.WPSClient``: a client of a compute service. Constructing it sends nothing and logs nobody in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import lychgate
from lychgate.kernel.http import origin_of
from lychgate.services import wps

from .credential import credential
from .errors import CWTError, telling
from .process import Process, inputs_of

if TYPE_CHECKING:
    import ssl

_ANSWER = ("ResponseDocument", "RawDataOutput", "storeExecuteResponse", "lineage", "status")


class WPSClient:
    """``auth``: an authenticator of ``cwt``, or what ``lychgate.auth`` takes; it goes to this service's origin.

    ``headers`` go on each request that carries the credential; ``verify`` is False or a file of certificates,
    ``cert`` a file or ``(certificate, key)``. Raises ``TypeError`` for what is no authenticator.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        cert: str | tuple[str, str] | None = None,
        verify: bool | str = True,
        auth: Any = None,
        username: str | None = None,
        password: str | None = None,
        version: str = "1.0.0",
        **kwargs: Any,
    ) -> None:
        if version != "1.0.0":
            raise CWTError(f"WPS {version} is not spoken here, only 1.0.0")
        unknown = set(kwargs) - {"log", "log_level", "log_file", "api_key"}  # logging is the program's own business
        if unknown:
            raise TypeError(f"WPSClient() takes no {', '.join(sorted(unknown))}")
        self.url, self.version, self.headers = url, version, dict(headers or {})
        if kwargs.get("api_key") is not None:
            self.headers["COMPUTE_TOKEN"] = kwargs["api_key"]
        self.auth = auth
        basic = (username or "", password or "") if username or password else None
        made = credential(auth, basic)
        self._wps = lychgate.Wps(url, _bound(made, url, _verified(verify, cert)), headers=self.headers)
        self._known: wps.Capabilities | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r}, auth={self.auth!r})"

    # --- what there is; open to everybody where the service has it so

    def get_capabilities(self) -> wps.Capabilities:
        """Ask anew what the service offers. Raises ``WPSAuthError``, ``WPSClientError``, ``WPSServerError``."""
        with telling():
            found = self._known = self._wps.capabilities()
        return found

    def processes(self, pattern: str | None = None) -> list[Process]:
        """The processes whose names match a regular expression from their beginning. Raises ``CWTError``."""
        try:
            wanted = re.compile(pattern or "")
        except re.error:
            raise CWTError('Invalid pattern, see python\'s "re" module for documentation') from None
        return [Process(client=self, process=one) for one in self._offered() if wanted.match(one.identifier)]

    def process_by_name(self, identifier: str, version: str | None = None) -> Process:
        """The process of that name, its newest version where none is named. Raises ``CWTError`` where there is none."""
        found = [one for one in self._offered() if one.identifier == identifier and version in (None, one.version)]
        if not found:
            raise CWTError(f"No matching process {identifier!r}{f' version {version!r}' if version else ''}")
        return Process(client=self, process=max(found, key=lambda one: one.version))

    def describe_process(self, process: Process) -> Process:
        """The same process, with its description."""
        with telling():
            described = self._wps.describe(process.identifier)
        process.process = next((one for one in described if one.identifier == process.identifier), process.process)
        return process

    def _offered(self) -> tuple[wps.Process, ...]:
        return (self._known or self.get_capabilities()).processes

    # --- execution

    def execute(
        self,
        process: Process | str,
        inputs: Any = None,
        domain: Any = None,
        method: str = "post",
        **kwargs: Any,
    ) -> Process:
        """Start ``process``; ``process.wait()`` waits for it. ``method`` is ``"post"`` or ``"get"``.

        ``inputs`` are variables and processes, one or several; ``kwargs`` are its parameters, and what WPS has for the
        answer (``ResponseDocument``, ``RawDataOutput``, ``storeExecuteResponse``, ``lineage``, ``status``). Raises
        ``WPSAuthError``, ``WPSClientError``, ``WPSServerError``, and what a login raises.
        """
        asked = Process(process, client=self) if isinstance(process, str) else process
        if method.lower() not in ("get", "post"):
            raise CWTError(f"Unsupported method {method!r}")
        answer = {name: kwargs.pop(name) for name in _ANSWER if name in kwargs}
        named = ("variable", "domain", "operation")
        texts = self.prepare_data_inputs(asked, inputs, domain, **kwargs)
        data = {name: wps.Complex(text, "application/json") for name, text in zip(named, texts, strict=True)}
        outputs = str(answer.get("ResponseDocument") or answer.get("RawDataOutput") or "").split(";")
        asked.context = self._started(
            asked,
            data,
            outputs=[part for part in outputs if part],
            method=method,
            stored=_on(answer.get("storeExecuteResponse", True)) and _on(answer.get("status", True)),
            lineage=_on(answer.get("lineage", False)),
        )
        return asked

    def prepare_data_inputs(self, process: Process, inputs: Any, domain: Any, **kwargs: Any) -> tuple[str, str, str]:
        """The variables, the domains and the operations, each as JSON. ``process`` itself stays as it is."""
        made = process.copy()
        made.inputs.extend(inputs_of(inputs))
        made.domain = made.domain if domain is None else domain
        made.add_parameters(**kwargs)
        processes, variables = made.collect_input_processes()
        domains = {one.domain.name: one.domain for one in processes.values() if hasattr(one.domain, "name")}
        return (
            json.dumps([one.to_dict() for one in variables.values()]),
            json.dumps([one.to_dict() for one in domains.values()]),
            json.dumps([one.to_dict() for one in processes.values()]),
        )

    def _started(self, process: Process, data: dict[str, Any], **answer: Any) -> wps.BlockingJob:
        """The job; a process whose answers cannot be kept at the service is waited for at once."""
        with telling():
            try:
                return self._wps.execute(process.identifier, data, **answer)
            except wps.ExceptionReport as error:
                if error.error not in ("StorageNotSupported", "OperationNotSupported") or not answer["stored"]:
                    raise
                return self._wps.execute(process.identifier, data, **{**answer, "stored": False})


def _on(given: Any) -> bool:
    return given if isinstance(given, bool) else str(given).lower() == "true"


def _bound(made: Any, url: str, verify: ssl.SSLContext | bool) -> Any:
    """The credential with its own connection, where certificates are checked in another way than usual."""
    if verify is True:
        return made
    if isinstance(made, lychgate.Auth):
        raise TypeError("verify= and cert= are settings of lychgate.auth(..., wire=...) where auth= is made by it")
    from lychgate.world.wire import Wire

    if isinstance(made, str):
        return lychgate.auth(made, wire=Wire(verify))
    return lychgate.auth(made or lychgate.Anonymous(), origins=[origin_of(url)], wire=Wire(verify))


def _verified(verify: bool | str, cert: str | tuple[str, str] | None) -> ssl.SSLContext | bool:
    if cert is None and not isinstance(verify, str):
        return verify
    import ssl

    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if cert is not None:
        context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    return context
