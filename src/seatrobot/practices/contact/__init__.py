"""How to report a fault: security.txt (RFC 9116), its OpenPGP key, and a page for people."""
