"""Use cases: the only code that opens transactions and sequences the store, the ports and the core."""
