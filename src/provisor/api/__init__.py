"""The management REST API, compatible with Okta's."""
