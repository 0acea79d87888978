"""What a list page is made of: what is asked, its tabs, its table, its marks. The route is `engine/web/registry.py`."""
