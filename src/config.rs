//! Loads and validates the TOML configuration; an error names the file, the line and the key.
