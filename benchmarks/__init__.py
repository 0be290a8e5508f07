"""How fast graphstore is beside what people would use instead: ``python -m benchmarks``."""
