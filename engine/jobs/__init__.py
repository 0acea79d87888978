"""The door of the clock: workers that take jobs up, whoever deferred them."""
