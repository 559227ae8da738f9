"""An OpenStack cloud by its Keystone: a user's password and a project, or an application credential."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from lychgate.client.sources.openstack import OpenStack
from lychgate.kernel.http import origin_of
from lychgate.kernel.secret import Secret

from .preset import Preset, Store


def openstack(
    url: Annotated[str, "Keystone's address, as in OS_AUTH_URL"],
    *,
    username: Annotated[str, "the user's name"] = "",
    password: Annotated[Secret | str | None, "the user's password"] = None,
    user_domain_name: Annotated[str, "the name of the user's domain"] = "",
    project_name: Annotated[str, "the project that the token is for"] = "",
    project_domain_name: Annotated[str, "the name of the project's domain"] = "",
    application_credential_id: Annotated[str, "an application credential's id"] = "",
    application_credential_secret: Annotated[Secret | str | None, "its secret"] = None,
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Tokens of the cloud for its services. ``origins``: the services, besides Keystone itself.

    ``https://host/v3`` and ``https://host`` mean the same. Raises ``ConfigError`` for what does not fit together.
    """
    base = url.rstrip("/")
    source = OpenStack(
        url=base if base.endswith("/v3") else f"{base}/v3",
        username=username,
        password=password,
        user_domain_name=user_domain_name,
        project_name=project_name,
        project_domain_name=project_domain_name,
        application_credential_id=application_credential_id,
        application_credential_secret=application_credential_secret,
    )
    return Preset(source, (origin_of(source.url), *(origins or ())), store=store)
