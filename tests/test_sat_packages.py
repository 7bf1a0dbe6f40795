"""The SAT's packages: whatever is in one, it is either good as a whole or refused with one sentence."""

import io
import random
import zipfile

import pytest

from gigstack_events.sat_packages import BadPackage, Cfdi, Limits, Package, read_cfdi
from tests.handlers.sat.office import zipped

UUID = "0A1B2C3D-0A1B-0A1B-0A1B-0A1B2C3D4E5F"
NAME = f"{UUID.lower()}.xml"
CFDI = f"""<?xml version="1.0" encoding="UTF-8"?>
<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4"
  Version="4.0" Fecha="2026-01-15T10:00:00" Total="116.00">
  <cfdi:Emisor Rfc="CFS1503096G9"/><cfdi:Receptor Rfc="ÑAÑ010101AA1"/>
  <cfdi:Complemento>
    <x:Nomina xmlns:x="urn:x"><x:Emisor Rfc="XAXX010101000"/></x:Nomina>
    <t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{UUID.lower()}"/>
  </cfdi:Complemento>
</cfdi:Comprobante>""".encode()
BILLION = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


def test_a_cfdi_tells_its_facts() -> None:
    """UUID, both RFC, date and total come from the places that count, not from a complement's."""
    (found,) = Package(zipped({NAME: CFDI}), Limits()).cfdis()
    assert found == Cfdi(NAME, UUID, "CFS1503096G9", "ÑAÑ010101AA1", "2026-01-15T10:00:00", "116.00")


def test_facts_that_could_do_harm_are_left_out() -> None:
    """A date that leads out of the folder or a total that is a formula is no fact."""
    xml = b'<Comprobante Fecha="2026-01/../../.." Total="=HYPERLINK(1)"><Emisor Rfc="../x"/></Comprobante>'
    assert read_cfdi(NAME, xml) == Cfdi(NAME, UUID, "", "", "", "")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({NAME: b"<a>"}, "no well-formed XML"),
        ({NAME: b""}, "no well-formed XML"),
        ({NAME: b"\xff\xfe<"}, "no well-formed XML"),
        ({NAME: b'<?xml version="1.0" encoding="odd"?><a/>'}, "no well-formed XML"),
        ({NAME: BILLION}, "no well-formed XML"),
        ({NAME: OUTSIDE}, "no well-formed XML"),
        ({NAME: CFDI, "no_uuid.xml": b"<a/>"}, "it has no UUID"),
        ({f"folder/{NAME}": CFDI}, "a file with the name"),
        ({f"..\\{NAME}": CFDI}, "a file with the name"),
        ({f"/etc/{NAME}": CFDI}, "a file with the name"),
        ({".xml": CFDI}, "a file with the name"),
        ({"run.exe": CFDI}, "expected is NAME.xml"),
        ({NAME: CFDI, NAME.upper(): CFDI}, "two files of one name"),
        ({NAME: b"<a>" + b" " * 9_000_000 + b"</a>"}, "a ZIP bomb"),
        ({NAME: random.Random(1).randbytes(11 * 1024 * 1024)}, "unpacks to over 10 MiB"),
    ],
)
def test_bad_content_is_refused(files: dict[str, bytes], says: str) -> None:
    """One bad file is enough; the sentence names it."""
    with pytest.raises(BadPackage, match=says):
        list(Package(zipped(files), Limits()).cfdis())


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(files=2), "3 files, more than 2"),
        (Limits(unpacked=0), "unpacks to over 0 MiB"),
        (Limits(package=0), "more than 0"),
    ],
)
def test_limits_hold_before_anything_is_unpacked(limits: Limits, says: str) -> None:
    """Number, size and unpacked size are bounded by the directory alone."""
    with pytest.raises(BadPackage, match=says):
        Package(zipped({f"{n}.xml": CFDI for n in range(3)}), limits)


def test_a_directory_that_lies_is_found_out() -> None:
    """A file that says it is small is never unpacked beyond that."""
    content = zipped({NAME: b"<a>" + b" " * 100_000 + b"</a>"})
    size = (100_007).to_bytes(4, "little")
    lying = content.replace(size, (10).to_bytes(4, "little"))
    with pytest.raises(BadPackage, match="cannot be unpacked"):
        list(Package(lying, Limits()).cfdis())


def test_an_unusual_way_of_packing_is_refused() -> None:
    """Only what the SAT uses: other ways have bombs of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(NAME, CFDI)
    with pytest.raises(BadPackage, match="packed in an unusual way"):
        Package(buffer.getvalue(), Limits())


def test_any_bytes_are_a_package_or_refused() -> None:
    """Random bytes, cut ZIPs and flipped bits raise BadPackage or are read; nothing else comes out."""
    choices, good, refused = random.Random(7), zipped({NAME: CFDI}), 0
    for _ in range(400):
        broken = bytearray(good[: choices.randrange(len(good) + 1)] if choices.random() < 0.3 else good)
        for _ in range(choices.randrange(4)):
            if broken:
                broken[choices.randrange(len(broken))] = choices.randrange(256)
        try:
            list(Package(bytes(broken), Limits()).cfdis())
        except BadPackage:
            refused += 1
    assert refused > 200
