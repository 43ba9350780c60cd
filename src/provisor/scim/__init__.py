"""SCIM 2.0 as data and pure functions over plain dicts (RFC 7643, RFC 7644)."""
