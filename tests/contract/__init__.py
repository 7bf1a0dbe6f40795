"""Proof that client, sandbox and manual agree with the contract, not only with each other."""
