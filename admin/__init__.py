"""The operator: registers webhooks, looks at events and runs, pauses, checks, and starts everything."""
