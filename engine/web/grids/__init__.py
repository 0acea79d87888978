"""The page of an entry grid: the whole table, one column or row of it as an ordinary form, the pop-up of a cell."""
