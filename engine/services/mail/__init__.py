"""Letters: over SMTP where a server is set, else into a folder, which is enough to try things out."""

from engine.services.mail.posting import Letter, post

__all__ = ["Letter", "post"]
