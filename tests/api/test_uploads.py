"""Files on their way out: their names, and what cannot be taken."""

from pathlib import Path

import pytest

from gigstack_events.api import InvalidInput
from tests.api.stand_in import Api, ok

PDF = b"%PDF-1.7 x"
MIB = 1024 * 1024


def test_files_to_upload_keep_their_names(tmp_path: Path) -> None:
    """A path goes with its name, bytes are named by what they are; the texts of the form go along."""
    api = Api(ok({"id": "doc_1", "document_type": "contract", "created_at": 1_700_000_000_000}))
    (tmp_path / "contrato.pdf").write_bytes(PDF)
    clients = api.gigstack().clients
    clients.upload_support_document("x", tmp_path / "contrato.pdf", document_type="contract", name="Contrato")
    assert b'filename="contrato.pdf"\r\nContent-Type: application/pdf' in api.last.content
    assert b'name="documentType"\r\n\r\ncontract' in api.last.content
    assert b'name="name"\r\n\r\nContrato' in api.last.content
    document = clients.upload_support_document("x", b"\x89PNG\r\n\x1a\n..", document_type="contract")
    assert b'filename="file.png"\r\nContent-Type: image/png' in api.last.content
    assert document.created_at == 1_700_000_000_000


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"RIFF....WAVE", pytest.param(PDF + b"x" * (10 * MIB), id="large")]
)
def test_no_other_file_is_sent(content: bytes) -> None:
    """The API takes PDF and pictures of 10 MiB at most."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match=r"^file: "):
        api.gigstack().payments.upload_support_document("x", content, document_type="contract")
    assert api.requests == []
    api.gigstack(check_inputs=False).payments.upload_support_document("x", content, document_type="contract")
    assert len(api.requests) == 1


@pytest.mark.parametrize("content", [b"RIFF....WEBP", b"\xff\xd8\xff\xe0", PDF, b"\x89PNG\r\n\x1a\n"])
def test_all_kinds_of_pictures_are_taken(content: bytes) -> None:
    """A file is what its first bytes say, whatever it is called."""
    document = (
        Api(ok({"id": "doc_1"}))
        .gigstack()
        .invoices.upload_support_document("x", ("scan", content), document_type="communication")
    )
    assert document.id == "doc_1"


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n", pytest.param(PDF + b"x" * (5 * MIB), id="large")])
def test_a_csf_is_a_pdf(content: bytes) -> None:
    """The SAT gives it as a PDF, and the API takes 5 MiB at most."""
    with pytest.raises(InvalidInput, match=r"^file: "):
        Api(ok({})).gigstack().clients.upload_csf(content)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A path may be wrong."""
    with pytest.raises(InvalidInput, match="cannot be read"):
        Api(ok({})).gigstack().clients.upload_csf(tmp_path / "none.pdf")
