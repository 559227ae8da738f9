"""The interactive page ``/docs``: its files come from this server, and its one inline script carries a nonce."""

from __future__ import annotations

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from fastapi import APIRouter, Request
from jinja2 import DictLoader, Environment
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

router = APIRouter()

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<link rel="stylesheet" href="{{ root }}/docs/swagger-ui.css">
<link rel="icon" href="{{ root }}/docs/favicon.png">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The same without it: <a href="{{ root }}/openapi.json">openapi.json</a></noscript>
<script src="{{ root }}/docs/swagger-ui-bundle.js"></script>
<script nonce="{{ nonce }}">
window.ui = SwaggerUIBundle({
  url: {{ (root + "/openapi.json") | tojson }},
  dom_id: "#page",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false
});
</script>
</body>
</html>
"""
_environment = Environment(loader=DictLoader({"page.html": _PAGE}), autoescape=True)
_template = _environment.get_template("page.html")


def _folder() -> Path:
    """Where the package that ships the page's files keeps them; it is not imported, only its files are read."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("fastapi_offline is not installed", name="fastapi_offline")
    return Path(spec.origin).parent / "static"


class _Files(StaticFiles):
    """Files that browsers may keep for a day."""

    def file_response(self, *args: object, **kwargs: object) -> HTMLResponse:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers["Cache-Control"] = "public, max-age=86400"
        return cast(HTMLResponse, response)


files = _Files(directory=_folder())


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """The page. It may need JavaScript, which no other page of the server does."""
    nonce = secrets.token_urlsafe(16)
    text = _template.render(root=request.scope.get("root_path", ""), nonce=nonce, title=request.app.title)
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})
