"""What is the same for all histories that come in: which each is, and how it is written.

A reader of a format yields a history's rows with the ids that they have there
(`graphstore.interop.importing.history`); all the rest is done here.
"""
