"""What a platform may be allowed. Source: Open Badges 2.1, 4.2 (scopes), and 3.0, 7.2; OpenID Connect Core, 11 (offline_access)."""

_V2, _V3 = "https://purl.imsglobal.org/spec/ob/v2p1/scope/", "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
PROFILE, READ, CREATE = f"{_V2}profile.readonly", f"{_V2}assertion.readonly", f"{_V2}assertion.create"
OFFLINE = "offline_access"
OFFERED = (PROFILE, READ, CREATE, OFFLINE)
"""In this order: Moodle loses the first one that it is offered, and without CREATE no badge would ever come."""
PROFILE_3, PROFILE_3_UPDATE = f"{_V3}profile.readonly", f"{_V3}profile.update"
READ_3, UPSERT_3 = f"{_V3}credential.readonly", f"{_V3}credential.upsert"
OFFERED_3 = (PROFILE_3, PROFILE_3_UPDATE, READ_3, UPSERT_3, OFFLINE)
"""The same of Open Badges 3.0."""
KNOWN = tuple(dict.fromkeys((*OFFERED, *OFFERED_3)))
"""All that may be asked for. What a platform registered for is kept as bits by their places here: new ones go to the end."""
SENDS, READS, KNOWS_NAME = {CREATE, UPSERT_3}, {READ, READ_3}, {PROFILE, PROFILE_3}
"""Those by which badges are sent, by which a platform sees what it sent, and by which it may know a first name."""
