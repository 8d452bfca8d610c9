"""The one list of all metrics of a process (Prometheus). Labels hold words of small closed sets, never ids."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets in seconds for what should take milliseconds."""


class Metrics:
    """One registry per process, one attribute per metric."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        into = self.registry

        # HTTP
        self.http_requests = Histogram(
            "tandem_http_request_seconds",
            "Time to answer a request, by route template, method and class of status (2xx, 4xx …)",
            ["route", "method", "status"],
            buckets=QUICK,
            registry=into,
        )
        self.idempotent_replays_total = Counter(
            "tandem_idempotent_replays_total", "Answers given again for a repeated Idempotency-Key", registry=into
        )
        self.rate_limited_total = Counter(
            "tandem_rate_limited_total", "Requests refused by a rate limit, by its name", ["limit"], registry=into
        )
        self.tokens_refused_total = Counter(
            "tandem_tokens_refused_total", "Access tokens refused, by code", ["code"], registry=into
        )

        # Outbox and relay
        self.outbox_waiting = Gauge("tandem_outbox_waiting", "Events that wait to be published", registry=into)
        self.outbox_oldest_seconds = Gauge(
            "tandem_outbox_oldest_seconds", "Age of the oldest event that waits to be published", registry=into
        )
        self.relay_active = Gauge("tandem_relay_active", "1 while this process holds the relay's lease", registry=into)
        self.relay_published_total = Counter(
            "tandem_relay_published_total", "Events published, by topic", ["topic"], registry=into
        )
        self.relay_batch_seconds = Histogram(
            "tandem_relay_batch_seconds", "Time to publish one batch", buckets=QUICK, registry=into
        )
        self.relay_restarts_total = Counter(
            "tandem_relay_restarts_total", "Producers given up, by reason", ["reason"], registry=into
        )

        # Consumers
        self.consumer_lag = Gauge(
            "tandem_consumer_lag", "Events between the position and the end, by topic", ["topic"], registry=into
        )
        self.consumer_events_total = Counter(
            "tandem_consumer_events_total",
            "Events consumed, by topic and outcome (applied, stale, duplicate, expired, erased, set-aside)",
            ["topic", "outcome"],
            registry=into,
        )
        self.consumer_caught_up = Gauge(
            "tandem_consumer_caught_up",
            "1 once the end offsets seen at start are reached, by topic",
            ["topic"],
            registry=into,
        )
        self.consumer_retries_total = Counter(
            "tandem_consumer_retries_total",
            "Attempts repeated, by topic and kind of error",
            ["topic", "kind"],
            registry=into,
        )
        self.projection_apply_seconds = Histogram(
            "tandem_projection_apply_seconds",
            "Time to apply one batch, by read model",
            ["projection"],
            buckets=QUICK,
            registry=into,
        )
        self.reaction_seconds = Histogram(
            "tandem_reaction_seconds", "Time for one reaction, by name", ["reaction"], buckets=QUICK, registry=into
        )
        self.dead_letters = Gauge(
            "tandem_dead_letters", "Events set aside, by topic and reason", ["topic", "reason"], registry=into
        )

        # What a service does
        self.timers_total = Counter(
            "tandem_timers_total",
            "Steps of timers, by name and outcome (done, failed)",
            ["timer", "outcome"],
            registry=into,
        )
        self.pruned_rows_total = Counter(
            "tandem_pruned_rows_total", "Rows removed because their time was over, by table", ["table"], registry=into
        )
        self.mails_total = Counter(
            "tandem_mails_total",
            "Mails, by template and outcome (sent, failed, skipped)",
            ["template", "outcome"],
            registry=into,
        )
        self.erasures_total = Counter("tandem_erasures_total", "Persons erased here", registry=into)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
