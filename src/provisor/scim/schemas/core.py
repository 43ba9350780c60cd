"""The User, Group and Enterprise User schemas of RFC 7643 §4, §8.7.1, and their resource types."""

from provisor.scim import urns

from .attributes import Attribute, Mutability, ResourceType, Returned, Schema, Type, Uniqueness

_READ_ONLY = Mutability.READ_ONLY
_IMMUTABLE = Mutability.IMMUTABLE


def _plural(
    name: str,
    description: str,
    value: Attribute | None = None,
    types: tuple[str, ...] = (),
) -> Attribute:
    """A multi-valued attribute with the default sub-attributes of RFC 7643 §2.4."""
    return Attribute(
        name,
        Type.COMPLEX,
        description,
        multi_valued=True,
        sub_attributes=(
            value or Attribute("value", description="The value."),
            Attribute("display", description="A name for people to read."),
            Attribute("type", description="What the value is for.", canonical_values=types),
            Attribute("primary", Type.BOOLEAN, "Whether this is the preferred value; true at most once."),
        ),
    )


NAME = Attribute(
    "name",
    Type.COMPLEX,
    "The components of the user's name.",
    sub_attributes=(
        Attribute("formatted", description="The full name, formatted for display."),
        Attribute("familyName", description="The last name."),
        Attribute("givenName", description="The first name."),
        Attribute("middleName", description="The middle names."),
        Attribute("honorificPrefix", description="The title, such as Ms."),
        Attribute("honorificSuffix", description="The suffix, such as III."),
    ),
)
ADDRESSES = Attribute(
    "addresses",
    Type.COMPLEX,
    "Physical mailing addresses.",
    multi_valued=True,
    sub_attributes=(
        Attribute("formatted", description="The full address, formatted for display."),
        Attribute("streetAddress", description="Street, house number, post box."),
        Attribute("locality", description="The city."),
        Attribute("region", description="The state or region."),
        Attribute("postalCode", description="The postal code."),
        Attribute("country", description="The country, ISO 3166-1 alpha-2."),
        Attribute("type", description="What it is for.", canonical_values=("work", "home", "other")),
        Attribute("primary", Type.BOOLEAN, "Whether this is the preferred address; true at most once."),
    ),
)
GROUPS = Attribute(
    "groups",
    Type.COMPLEX,
    "The groups the user belongs to; changed through the groups.",
    multi_valued=True,
    mutability=_READ_ONLY,
    sub_attributes=(
        Attribute("value", description="The group's id.", mutability=_READ_ONLY),
        Attribute(
            "$ref",
            Type.REFERENCE,
            "The group's URI.",
            case_exact=True,
            mutability=_READ_ONLY,
            reference_types=("User", "Group"),
        ),
        Attribute("display", description="The group's name.", mutability=_READ_ONLY),
        Attribute(
            "type",
            description="How the membership came about.",
            mutability=_READ_ONLY,
            canonical_values=("direct", "indirect"),
        ),
    ),
)
USER_SCHEMA = Schema(
    urns.USER,
    "User",
    "User Account",
    (
        Attribute(
            "userName",
            description="The name the user signs in with; unique, ignoring case.",
            required=True,
            uniqueness=Uniqueness.SERVER,
        ),
        NAME,
        Attribute("displayName", description="The name for people to read."),
        Attribute("nickName", description="The casual name."),
        Attribute(
            "profileUrl",
            Type.REFERENCE,
            "The user's online profile.",
            case_exact=True,
            reference_types=("external",),
        ),
        Attribute("title", description="The job title."),
        Attribute("userType", description="The relation to the organisation, such as Employee."),
        Attribute("preferredLanguage", description="The preferred language, RFC 7231 §5.3.5."),
        Attribute("locale", description="The location for formats, RFC 5646."),
        Attribute("timezone", description="The time zone, in IANA format."),
        Attribute("active", Type.BOOLEAN, "Whether the account may be used."),
        Attribute(
            "password",
            description="The password; never returned.",
            case_exact=True,
            mutability=Mutability.WRITE_ONLY,
            returned=Returned.NEVER,
        ),
        _plural("emails", "E-mail addresses.", types=("work", "home", "other")),
        _plural("phoneNumbers", "Phone numbers.", types=("work", "home", "mobile", "fax", "pager", "other")),
        _plural(
            "ims",
            "Instant messaging addresses.",
            types=("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
        ),
        _plural(
            "photos",
            "URLs of photos.",
            Attribute("value", Type.REFERENCE, "The URL.", case_exact=True, reference_types=("external",)),
            types=("photo", "thumbnail"),
        ),
        ADDRESSES,
        GROUPS,
        _plural("entitlements", "What the user is entitled to."),
        _plural("roles", "The roles of the user."),
        _plural(
            "x509Certificates",
            "Certificates issued to the user.",
            Attribute("value", Type.BINARY, "The certificate, DER in base64.", case_exact=True),
        ),
    ),
)
MANAGER = Attribute(
    "manager",
    Type.COMPLEX,
    "The user's manager.",
    sub_attributes=(
        Attribute("value", description="The manager's id."),
        Attribute("$ref", Type.REFERENCE, "The manager's URI.", case_exact=True, reference_types=("User",)),
        # RFC 7643 §8.7.1 declares it readOnly, but §4.3 lets clients send it and every client does.
        Attribute("displayName", description="The manager's name."),
    ),
)
ENTERPRISE_USER_SCHEMA = Schema(
    urns.ENTERPRISE_USER,
    "EnterpriseUser",
    "Enterprise User",
    (
        Attribute("employeeNumber", description="The number assigned by the organisation."),
        Attribute("costCenter", description="The cost centre."),
        Attribute("organization", description="The organisation."),
        Attribute("division", description="The division."),
        Attribute("department", description="The department."),
        MANAGER,
    ),
)
GROUP_SCHEMA = Schema(
    urns.GROUP,
    "Group",
    "Group",
    (
        Attribute("displayName", description="The group's name.", required=True),
        Attribute(
            "members",
            Type.COMPLEX,
            "The members of the group.",
            multi_valued=True,
            sub_attributes=(
                Attribute("value", description="The member's id.", case_exact=True, mutability=_IMMUTABLE),
                Attribute(
                    "$ref",
                    Type.REFERENCE,
                    "The member's URI.",
                    case_exact=True,
                    mutability=_IMMUTABLE,
                    reference_types=("User", "Group"),
                ),
                Attribute(
                    "type",
                    description="The member's resource type.",
                    mutability=_IMMUTABLE,
                    canonical_values=("User", "Group"),
                ),
                Attribute("display", description="The member's name."),
            ),
        ),
    ),
)

USER = ResourceType("User", "/Users", "User Account", USER_SCHEMA, (ENTERPRISE_USER_SCHEMA,))
GROUP = ResourceType("Group", "/Groups", "Group", GROUP_SCHEMA)
