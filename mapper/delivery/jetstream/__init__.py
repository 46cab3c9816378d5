"""The queue of many machines, kept by NATS JetStream."""
