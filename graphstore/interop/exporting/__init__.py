"""What is the same for all formats in which a lineage goes out: one walk, one set of facts.

`gathering` asks, a handful of queries however much there is; `facts` is what a format says in its
own words; `report` is what becomes of it.
"""
