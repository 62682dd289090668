"""The promises in the staff area: all of the evidence, and what only people can attest."""
