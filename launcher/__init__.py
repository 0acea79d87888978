"""What ./start and ./test share: an environment made from nothing but Python and its venv module.

Standard library only; nothing here is imported by the engine.
"""
