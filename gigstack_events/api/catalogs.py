"""Catalogs: the SAT's codes with their Spanish descriptions, as data; nothing is asked of the API."""

from collections.abc import Mapping

from gigstack_events import catalogs


class Catalogs:
    """`gigstack.catalogs`: each is a mapping from code to description."""

    tax_regimes: Mapping[str, str] = catalogs.TAX_REGIMES
    payment_forms: Mapping[str, str] = catalogs.PAYMENT_FORMS
    cfdi_uses: Mapping[str, str] = catalogs.CFDI_USES
    payment_methods: Mapping[str, str] = catalogs.PAYMENT_METHODS
    months: Mapping[str, str] = catalogs.MONTHS
    invoice_relationships: Mapping[str, str] = catalogs.INVOICE_RELATIONSHIPS
    periodicities: Mapping[str, str] = catalogs.PERIODICITIES
    tax_objects: Mapping[str, str] = catalogs.TAX_OBJECTS
    invoice_types: Mapping[str, str] = catalogs.INVOICE_TYPES
    exports: Mapping[str, str] = catalogs.EXPORTS
    cancellation_motives: Mapping[str, str] = catalogs.CANCELLATION_MOTIVES
    taxes: Mapping[str, str] = catalogs.TAXES
    retention_keys: Mapping[str, str] = catalogs.RETENTION_KEYS
    retention_payment_types: Mapping[str, str] = catalogs.RETENTION_PAYMENT_TYPES
