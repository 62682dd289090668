"""Organizations: members and their roles, invitations, settings, and the access log.

- `members.py`, `permissions.py`, `pages.py`: who acts, as what, and how a page begins
  (`member_page`).
- `services/`, `setup.py`: founding, inviting, changing members; links to set an organization up.
- `log/`: the organization's own stream of the journal and of sign-ins, as pages and files.
- `security/`: what an organization demands of a request of its members.
- `receivers.py`: signals of accounts, recorded in the organizations they belong to.

Knows accounts and the kernel. Events, guests and what else an organization has are packages above:
what is needed of them comes through an interface (`event_titles.py`) that they implement.
"""
