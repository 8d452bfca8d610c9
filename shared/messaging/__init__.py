"""The promise: nothing lost, no effect twice, in order per aggregate.

`relay` publishes the outbox, `consumer` feeds projections and reactions, `dead_letters` keeps what cannot be consumed,
`redrive` and `replay` play it again, `erasure` removes a person.
"""
