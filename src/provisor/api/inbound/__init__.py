"""Inbound SCIM: the reference server mounted over the directory at `/scim/v2`."""
