"""Makes a portfolio of many engagements, on SQLite and PostgreSQL, faster than anybody could decide on them.

    python -m bench.portfolio [--sizes 1000 10000] [--databases sqlite postgresql] [--verify]

Twenty engagements at all stages are played through the domain and written as the product writes them. Each further one
is a copy of their rows under a number of its own, with a chain of hashes of its own, so that a verification passes: the
figure that is printed is what `interlock ledger verify` found. Copies share the texts that their facts refer to.
"""
