"""Samples of teams, users, catalogs and what stands alone."""

from tests.contract.samples.values import ADDRESS, Sample

SAMPLES: dict[str, Sample] = {
    "teams.list": lambda api, known: api.teams.list(),
    "teams.get": lambda api, known: api.teams.get(known["team"]),
    "teams.get_integrations": lambda api, known: api.teams.get_integrations(),
    "teams.list_series": lambda api, known: api.teams.list_series(known["team"]),
    "teams.onboarding_url": lambda api, known: api.teams.onboarding_url(known["team"]),
    "teams.update": lambda api, known: api.teams.update(known["team"], support_email="soporte@example.com"),
    "teams.update_series": lambda api, known: api.teams.update_series(known["team"], known["series"], live=5),
    "teams.update_settings": lambda api, known: api.teams.update_settings(
        known["team"], periodicity="week", default_description="Servicio"
    ),
    "teams.create": lambda api, known: api.teams.create(
        legal_name="EMPRESA DE PRUEBA",
        tax_id="EKU9003173C9",
        tax_system="601",
        brand={
            "alias": "Empresa",
            "primary_color": "#112233",
            "secondary_color": "#445566",
            "logo": "https://example.com/logo.png",
        },
        support_phone="+525512345678",
        address=ADDRESS,
    ),
    "teams.add_member": lambda api, known: api.teams.add_member(
        known["team"], known["member"], role="viewer"
    ),
    "teams.remove_member": lambda api, known: api.teams.remove_member(known["team"], known["member"]),
    "teams.create_series": lambda api, known: api.teams.create_series(known["team"], series="B"),
    "teams.upload_csd": lambda api, known: api.teams.upload_csd(
        known["team"], cert=b"certificate", key=b"key", password="secret"
    ),
    "teams.sign_manifest": lambda api, known: api.teams.sign_manifest(
        known["team"], cert=b"certificate", key=b"key", password="secret"
    ),
    "teams.delete": lambda api, known: api.teams.delete(known["team"]),
    "teams.get_settings": lambda api, known: api.teams.get_settings(known["team"]),
    "teams.list_members": lambda api, known: api.teams.list_members(known["team"]),
    "teams.update_member": lambda api, known: api.teams.update_member(
        known["team"], known["member"], role="editor"
    ),
    "teams.delete_member": lambda api, known: api.teams.delete_member(known["team"], known["member"]),
    "users.list": lambda api, known: api.users.list(),
    "users.get": lambda api, known: api.users.get(known["user"]),
    "users.update": lambda api, known: api.users.update(known["user"], first_name="Anita"),
    "users.create": lambda api, known: api.users.create(
        email=known.get("email", "ana@example.com"), first_name="Ana", auto_join=True, role="editor"
    ),
    "users.reset_password": lambda api, known: api.users.reset_password("ana@example.com"),
    "users.login_link": lambda api, known: api.users.login_link(known["user"]),
    "users.delete": lambda api, known: api.users.delete(known["user"]),
    "catalogs.tax_regimes": lambda api, known: api.catalogs.tax_regimes,
    "catalogs.payment_forms": lambda api, known: api.catalogs.payment_forms,
    "catalogs.cfdi_uses": lambda api, known: api.catalogs.cfdi_uses,
    "catalogs.payment_methods": lambda api, known: api.catalogs.payment_methods,
    "catalogs.months": lambda api, known: api.catalogs.months,
    "catalogs.invoice_relationships": lambda api, known: api.catalogs.invoice_relationships,
    "auth.signup": lambda api, known: api.auth.signup(
        email="nueva@example.com",
        name="Nueva",
        rfc="EKU9003173C9",
        internal_api_key="internal",
        idempotency_key=known["operation"],
    ),
    "auth.health": lambda api, known: api.auth.health(),
    "sat_lists.list": lambda api, known: api.sat_lists.list(),
    "sat_lists.check": lambda api, known: api.sat_lists.check("EKU9003173C9"),
}
