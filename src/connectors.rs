//! One folder or file a vendor, the shared HTTP client, and the registry.
