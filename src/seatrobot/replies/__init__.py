"""Guests answer for themselves: links, the guest's page, answers, places and the waiting list.

Here is whatever a guest opens with a link and what becomes of their answer. May use everything
below (kernel to seating); mails nobody: packages above implement `ReplyTold` and are told. Whatever
a link opens runs in the scope of one party, and the database shows it nothing else.
"""
