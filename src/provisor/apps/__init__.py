"""Apps' pure core: catalogue, instances, assignments, mappings."""
