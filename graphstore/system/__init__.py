"""What is about the machine: folders, processes, memory, progress, and the spelling of places.

Knows nothing of stores.
"""
