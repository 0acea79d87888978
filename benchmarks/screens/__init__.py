"""What people wait for in front of a screen: long lists, files out and in, the weight of a page."""
