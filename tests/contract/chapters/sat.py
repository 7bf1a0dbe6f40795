"""The SAT's bulk download."""

import io
import zipfile

from tests.contract.story import Story, ids


def set_up(story: Story) -> None:
    assert story.call("sat.upload_fiel").rfc
    assert story.call("sat.upload_pfx").rfc
    story.call("sat.register")
    story.call("sat.activate")
    assert story.call("sat.activation").is_active
    story.call("sat.update_schedule")
    schedule = story.call("sat.schedule")
    assert schedule.fiel_uploaded
    assert schedule.registered
    assert schedule.schedule.time == "21:00"
    story.call("sat.enable_sync")
    story.call("sat.extend_sync")
    story.call("sat.progress")
    story.call("sat.debug")


def download_a_month(story: Story) -> None:
    asked = story.call("sat.request")
    story.known["request"] = asked.request_id
    assert story.call("sat.request").duplicate
    story.pass_time(hours=6)
    done = story.call("sat.status")
    assert done.is_completed
    assert [row.status for row in story.call("sat.history") if row.id == asked.request_id] == ["completed"]
    package = story.call("sat.package", package=done.package_ids[0])
    assert zipfile.ZipFile(io.BytesIO(package)).namelist()


def look_at_invoices(story: Story) -> None:
    [first, *_] = story.call("sat.list_invoices")
    story.known["uuid"] = first.uuid
    assert story.call("sat.get_invoice").total == first.total
    story.call("sat.retry_invoice_xml")
    assert story.call("sat.invoice_pdf").startswith(b"%PDF")
    assert story.call("sat.fetch_invoice").xml


def import_some(story: Story) -> None:
    story.known["job"] = story.call("sat.preview").id
    assert story.known["job"] in ids(story.call("sat.list_jobs"))
    story.pass_time(hours=6)
    assert story.call("sat.get_job").is_completed
    seen = [row.uuid for row in story.call("sat.list_invoices") if not row.has_xml]
    imported = story.call("sat.import_xml", uuid=seen[0])
    story.pass_time(hours=6)
    assert story.call("sat.get_job", job=imported.id).imported == 1
    assert story.call("sat.get_invoice", uuid=seen[0]).has_xml
    stopped = story.call("sat.preview")
    story.call("sat.cancel_job", job=stopped.id)
    assert not story.call("sat.get_job", job=stopped.id).is_open


def stop_downloading(story: Story) -> None:
    story.call("sat.deactivate")
    assert not story.call("sat.activation").is_active


CHAPTERS = (set_up, download_a_month, look_at_invoices, import_some, stop_downloading)
