"""The suites, one module each; `catalogue` lists them. Adding a check is adding a step to one of them."""
