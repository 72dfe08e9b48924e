"""The database as the service sees it: tables, migrations, connections and transactions. No rule, no decision."""
