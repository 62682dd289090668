"""A running instance: PostgreSQL, web and jobs as processes, configuration, first run, upgrades.

`supervisor.py` starts and watches the parts; `config.py` reads the environment; `roles.py` and
`guard.py` see to it that the web never runs as a role that could see too much. `faulting/` breaks
an instance on purpose. Knows how to run the product and nothing of what it does: no page and no
service belongs here.
"""
