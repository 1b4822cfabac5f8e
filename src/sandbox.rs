//! Stateful stand-ins of the vendors' APIs on loopback; imports nothing of the rest.
