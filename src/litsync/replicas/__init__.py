"""The edges of litsync: each replica looks at one place where papers live, and changes it. Every write has a precondition."""
