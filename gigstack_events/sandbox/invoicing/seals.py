"""What the SAT and the certifier add to a document. Nothing here is signed: every seal says so itself."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from xml.etree.ElementTree import Element, SubElement

MEXICO = timezone(timedelta(hours=-6))
"""The time of central Mexico, which has had no summer time since 2022."""
CERTIFICATE_NUMBER = "30001000000500000000"
SAT_CERTIFICATE_NUMBER = "30001000000500000001"
CERTIFIER = "SAN260101SB0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

_TFD = "http://www.sat.gob.mx/TimbreFiscalDigital"
_TFD_XSD = "http://www.sat.gob.mx/sitio_internet/cfd/TimbreFiscalDigital/TimbreFiscalDigitalv11.xsd"
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def node(parent: Element, name: str, attributes: Mapping[str, object]) -> Element:
    """Add an element; attributes that are None or empty are left out."""
    return SubElement(parent, name, clean(attributes))


def clean(attributes: Mapping[str, object]) -> dict[str, str]:
    """Return attributes as XML can write them."""
    texts = (
        (name, _UNWRITABLE.sub("", str(value))) for name, value in attributes.items() if value is not None
    )
    return {name: text for name, text in texts if text}


def local_time(ms: int) -> str:
    """Write epoch milliseconds as a document does: central Mexico, to the second."""
    moment = datetime.fromtimestamp(ms // 1000, MEXICO)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def seal(of: str, uuid: str) -> str:
    """Make up the seal of a document."""
    digest = hashlib.sha256(f"{of}:{uuid}".encode(errors="replace")).hexdigest()
    return base64.b64encode(f"sandbox: made up, seals nothing; {of} {digest}".encode()).decode()


def stamp(parent: Element, uuid: str, stamped_ms: int) -> None:
    """Add the TimbreFiscalDigital 1.1."""
    attributes = {
        "xmlns:tfd": _TFD,
        "xsi:schemaLocation": f"{_TFD} {_TFD_XSD}",
        "Version": "1.1",
        "UUID": uuid,
        "FechaTimbrado": local_time(stamped_ms),
        "RfcProvCertif": CERTIFIER,
        "SelloCFD": seal("CFD", uuid),
        "NoCertificadoSAT": SAT_CERTIFICATE_NUMBER,
        "SelloSAT": seal("SAT", uuid),
    }
    node(parent, "tfd:TimbreFiscalDigital", attributes)
