"""Tables, migrations, transactions and the append-only event log."""
