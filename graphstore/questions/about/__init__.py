"""What questions ask of one thing: its parameters, metrics, facts, and what it came from."""
