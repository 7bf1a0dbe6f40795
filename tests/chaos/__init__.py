"""The chaos kit: the product under fire, judged by what its senders were told and the sandbox's journal."""
