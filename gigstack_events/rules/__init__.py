"""Rules: what an operator writes into `rules.toml`, or the `@on` of each enabled handler."""

from gigstack_events.rules.files import Listed, RuleFile, read_rules, rules_of, rules_text

__all__ = ["Listed", "RuleFile", "read_rules", "rules_of", "rules_text"]
