"""Second factors: one room a method, and what all of them share (Order 456, clause 5(11))."""
