"""Pure translations between text or JSON and records, losing nothing that litsync does not own."""
