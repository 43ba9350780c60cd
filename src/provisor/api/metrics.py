"""Counts and times requests, and shows them together with the work that waits, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from provisor.store.log import QueueDepth

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One per API; a registry of its own, so that several APIs in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "provisor_api_requests", "Requests answered.", ["method", "path", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "provisor_api_request_seconds",
            "Time until the answer was ready.",
            ["method", "path"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "provisor_queue_depth", "People to look at again.", ["app", "lane"], registry=self._registry
        )
        self._lag = Gauge("provisor_queue_lag_seconds", "Age of the oldest of them.", ["app"], registry=self._registry)

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """Note an answer; `path` is the route's, so that ids do not become labels."""
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(method, path).observe(seconds)

    def render(self, depths: list[QueueDepth]) -> bytes:
        self._waiting.clear()
        self._lag.clear()
        for depth in depths:
            self._waiting.labels(depth.app_id, depth.lane).set(depth.waiting)
        for app_id in {depth.app_id for depth in depths}:
            self._lag.labels(app_id).set(max(depth.lag for depth in depths if depth.app_id == app_id))
        return generate_latest(self._registry)
