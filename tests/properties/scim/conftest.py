"""Profile of the SCIM laws: enough examples to bite, few enough to stay within seconds."""

from hypothesis import HealthCheck, settings

settings.register_profile("scim", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("scim")
