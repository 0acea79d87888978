"""File formats of exported tables. Each is a class with a name, an extension, a media type and `write(table, out)`."""
