"""CFDIs of all types and retentions: the rules, their making, their documents."""
