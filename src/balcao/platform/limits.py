"""How often one address may do one thing: fixed windows, counted in PostgreSQL, so that every web process counts alike.

No address is stored: a row's key is a keyed hash of the scope and the address. The table is UNLOGGED: counting writes
no WAL and waits for no disk; after a crash PostgreSQL empties it, which forgives everybody and loses nothing that
anyone was promised.
"""

# No index but the key: every counted hit is then a heap-only update, and the sweep reads a small table.
INSTALL_SQL = """
CREATE UNLOGGED TABLE IF NOT EXISTS platform_limit (
    key bytea PRIMARY KEY,
    hits integer NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (fillfactor = 50);
"""

REMOVE_SQL = "DROP TABLE IF EXISTS platform_limit;"
