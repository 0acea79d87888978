"""Scripts for those who work on the engine; nothing here runs on a site."""
