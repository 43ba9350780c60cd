"""The connectors that ship with Provisor, and the transports they share. Holds no code itself."""
