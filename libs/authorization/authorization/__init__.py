"""Who may do what with which petition: one table of roles for all services, one question before each door.

`table` says which roles may do an action and how far each role sees; `sight` holds the rule that decides of one
petition; `placements` keeps what a service must know of each petition to ask it, in memory and in SQL.
"""
