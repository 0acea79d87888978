"""Tables that leave and enter: exports and imports. Records pass the same doors as on screen."""
