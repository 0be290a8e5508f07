"""Other programs' databases on servers: their addresses, and connections that only read, as of one
moment."""
