"""The reference SCIM 2.0 server: rules (`service`), sequence (`handler`), storage port, ASGI edge, faults."""
