"""Rights explained on screen: of a record, of roles, of a person, of a change before it is made."""
