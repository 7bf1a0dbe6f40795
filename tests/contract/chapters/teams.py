"""Teams, users and what stands alone."""

from tests.contract.samples import SAMPLES
from tests.contract.story import Story, ids


def hire_somebody(story: Story) -> None:
    made = story.make("user", "users.create")
    story.call("users.update")
    assert story.call("users.get").first_name == "Anita"
    assert made.id in ids(story.call("users.list"))
    story.call("users.reset_password")
    assert story.call("users.login_link")
    story.known["member"] = made.id


def found_a_team(story: Story) -> None:
    made = story.make("team", "teams.create")
    story.call("teams.update")
    assert story.call("teams.get").support_email == "soporte@example.com"
    assert made.id in ids(story.call("teams.list"))
    story.call("teams.update_settings")
    assert story.call("teams.get_settings").default_description == "Servicio"
    assert story.call("teams.onboarding_url")
    story.call("teams.get_integrations")
    story.call("teams.create_series")
    story.known["series"] = "B"
    story.call("teams.update_series")
    assert [row.live for row in story.call("teams.list_series") if row.series == "B"] == [5]


def fill_a_team(story: Story) -> None:
    story.call("teams.add_member")
    assert story.known["member"] in ids(story.call("teams.list_members"))
    story.call("teams.update_member")
    [member] = [row for row in story.call("teams.list_members") if row.id == story.known["member"]]
    assert member.role == "editor"
    story.call("teams.remove_member")
    assert story.known["member"] not in ids(story.call("teams.list_members"))
    story.call("teams.add_member")
    story.call("teams.delete_member")
    assert story.known["member"] not in ids(story.call("teams.list_members"))


def connect_the_sat(story: Story) -> None:
    story.call("teams.upload_csd")
    assert story.call("teams.get").sat.completed is True
    story.call("teams.sign_manifest")


def sign_up(story: Story) -> None:
    signed = story.call("auth.signup", operation="5b0c2a51-7b0e-4a5e-9d62-0c8b1a2f4e77")
    assert story.call("teams.get", team=signed.team_id).id == signed.team_id
    story.call("auth.health")
    assert story.call("sat_lists.list")
    story.call("sat_lists.check")
    for name in SAMPLES:
        if name.startswith("catalogs."):
            story.call(name)


def close_down(story: Story) -> None:
    story.call("users.delete")
    assert story.known["user"] not in ids(story.call("users.list"))
    gone = story.call("teams.create").id
    story.call("teams.delete", team=gone)
    assert gone not in ids(story.call("teams.list"))


CHAPTERS = (hire_somebody, found_a_team, fill_a_team, connect_the_sat, sign_up, close_down)
