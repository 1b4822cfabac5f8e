//! The protocol between the engine and its consoles: types, codec, client, and the client's mirror of the engine's state.
