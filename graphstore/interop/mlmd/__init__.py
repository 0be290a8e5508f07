"""ML Metadata: its service over a store (`front`), and what its databases hold (`databases`)."""
