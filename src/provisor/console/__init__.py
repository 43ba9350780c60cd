"""The web console: pages over the services, rendered on the server, for administrators and for everybody's tiles."""
