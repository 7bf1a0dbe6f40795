"""Events and their way to the endpoints, and what became of them."""
