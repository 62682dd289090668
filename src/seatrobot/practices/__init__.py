"""The practices page: promises on security, the checks that measure them, and what shows them.

- `checks/` holds a module for each section of the page: promises and the functions that measure
  them. `planned.toml` holds the promises that nothing measures yet.
- `faults/` holds a module for each section: faults that are seeded to prove that checks can fail.
- `page/`, `formats/`, `subscribing/`, `attesting/`, `organization_view/` and `contact/` show the
  promises: to everybody, to machines, by mail and webhook, to staff, to an organization, and how to
  report a fault.

A practice observes the service (over HTTP, in the database, in the journal). No other package
imports this one, except the command line, `runtime` and `web`.
"""
