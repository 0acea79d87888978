"""Field types, one room each. Delete a folder and the type is gone; add one and every door knows it."""
