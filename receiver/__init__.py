"""The door: takes deliveries over HTTP, believes them for a reason, and accepts them into the ledger."""
