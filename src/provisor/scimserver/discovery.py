"""ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 §4): what this server says about itself."""

from collections.abc import Sequence
from typing import Any

import orjson

from provisor.scim import urns
from provisor.scim.bulk import BulkLimits
from provisor.scim.messages import list_response
from provisor.scim.schemas import ResourceType, Schema, render_schema

from .auth import Scheme
from .options import Options
from .queries import page_limits

_AUTHENTICATION = {
    Scheme.BEARER: ("oauthbearertoken", "OAuth Bearer Token", "A fixed bearer token", "rfc6750"),
    Scheme.HEADER: ("oauthbearertoken", "Header", "A fixed Authorization header without a scheme", "rfc6750"),
    Scheme.BASIC: ("httpbasic", "HTTP Basic", "A fixed user name and password", "rfc7617"),
}


class Discovery:
    """The discovery documents below one base URL, encoded once."""

    def __init__(self, base: str, options: Options) -> None:
        kinds = options.resource_types
        types = [_resource_type(kind, base) for kind in kinds]
        schemas = [
            {
                "schemas": [urns.SCHEMA],
                **render_schema(schema),
                "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{schema.id}"},
            }
            for schema in _schemas(kinds)
        ]
        self.documents: dict[str, bytes] = {
            "/ServiceProviderConfig": orjson.dumps(_configuration(base, options)),
            "/ResourceTypes": orjson.dumps(list_response(types, len(types))),
            "/Schemas": orjson.dumps(list_response(schemas, len(schemas))),
            **{f"/ResourceTypes/{t['id']}": orjson.dumps(t) for t in types},
            **{f"/Schemas/{s['id']}": orjson.dumps(s) for s in schemas},
        }
        """By path below the base."""


def _resource_type(kind: ResourceType, base: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "schemas": [urns.RESOURCE_TYPE],
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "description": kind.description,
        "schema": kind.schema.id,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{kind.name}"},
    }
    if kind.extensions:
        out["schemaExtensions"] = [{"schema": extension.id, "required": False} for extension in kind.extensions]
    return out


def _schemas(kinds: Sequence[ResourceType]) -> list[Schema]:
    """Return each schema once: the core ones first, then the extensions."""
    core = {kind.schema.id: kind.schema for kind in kinds}
    extensions = {schema.id: schema for kind in kinds for schema in kind.extensions}
    return list({**core, **extensions}.values())


def _configuration(base: str, options: Options) -> dict[str, Any]:
    authentication, scheme, limits = [], options.credential.scheme, options.limits
    if scheme in _AUTHENTICATION:
        type_, name, description, rfc = _AUTHENTICATION[scheme]
        authentication.append(
            {
                "type": type_,
                "name": name,
                "description": description,
                "specUri": f"https://www.rfc-editor.org/info/{rfc}",
                "primary": True,
            }
        )
    return {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": BulkLimits(limits.operations, limits.bulk_body).render(),
        "filter": {"supported": True, "maxResults": limits.page},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": page_limits(options).render(),
        "authenticationSchemes": authentication,
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }
