"""Accounts of people as their administrators see them: first passwords, blocking, invitations, closing for good."""
