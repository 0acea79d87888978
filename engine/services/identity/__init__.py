"""Who is it: passwords, sessions, API keys. Everything a request may know about its actor comes from here."""

from engine.services.identity.credentials import end_sessions, set_password
from engine.services.identity.keys import create_key, revoke_key
from engine.services.identity.passwords import hash_password
from engine.services.identity.presenting import actor_of_key, refused_key
from engine.services.identity.sessions import actor_of_session, sign_in, sign_out

__all__ = [
    "actor_of_key",
    "actor_of_session",
    "create_key",
    "end_sessions",
    "hash_password",
    "refused_key",
    "revoke_key",
    "set_password",
    "sign_in",
    "sign_out",
]
