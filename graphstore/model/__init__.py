"""What the store holds, as frozen models; nothing here knows of Neo4j."""
