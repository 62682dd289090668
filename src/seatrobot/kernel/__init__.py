"""What every request and every row passes through: who acts, for whom, under which keys.

- `acting.py` is the unit of work: transaction, tenancy, keys and journal in one place; `access.py`
  says which one is in progress.
- `principals.py` and `features.py`: who may ask for what, and what packages declare.
- `refusal.py` and `answers.py`: what a service refuses, and how a person hears of it.
- `tenancy/`, `vault/`, `journal/`, `promises/`, `progress/`: row-level security, sealed values, the
  record of who did what, evidence of promises, progress of long work.

What more than one service package needs belongs here, if it knows none of them: the kernel imports
no other package of this product. Wording and pages of a feature do not belong here.
"""
