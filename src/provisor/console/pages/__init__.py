"""The pages, a folder each: the route and the view model in the module, the template beside it."""
