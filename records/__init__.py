"""What it remembers: journal, delivery ledger, reports, pooled intelligence (SQL)."""
