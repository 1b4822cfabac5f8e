//! Bytes in, verified HR events out, on disk before the sender gets its 200.
