"""Mail to guests: what is written, to whom it goes, how it is handed over, what comes back.

Templates, mailings and the outbox are here. What a guest's link shows, and what an answer does,
belongs to the package of replies; mail to the organization's own members to `organizations.mail`.
"""
