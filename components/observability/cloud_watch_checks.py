"""What is wrong with the settings of a dashboard and alarms, found before anything is made."""

from neuronserve.components.observability.settings import CloudWatchMonitoringOptions, CloudWatchMonitoringSettings
from neuronserve.facts.aws import arn_of
from neuronserve.settings import Rule, SettingNames, known

TOPIC = arn_of("sns", r"[A-Za-z0-9_-]{1,256}(\.fifo)?")


def _something(options: CloudWatchMonitoringOptions, names: SettingNames) -> list[str]:
    if options.dashboard or options.alarms:
        return []
    return [
        f"{names('dashboard')} and {names('alarms')} are false, so nothing would be made. Set one of them to true, or "
        "leave it all out."
    ]


def _topic(options: CloudWatchMonitoringOptions, names: SettingNames) -> list[str]:
    topic = known(options.topic_arn)
    if topic is None or TOPIC.fullmatch(topic):
        return []
    return [
        f"{names('topic_arn')} is {topic!r}; it should be the ARN of an SNS topic, such as "
        "arn:aws:sns:us-west-2:111122223333:alarms."
    ]


def _one_topic(options: CloudWatchMonitoringOptions, names: SettingNames) -> list[str]:
    if options.topic_arn is None or not options.email_addresses:
        return []
    return [
        f"{names('topic_arn')} is set, and {names('email_addresses')} as well, which are for a topic that is made. "
        f"Subscribe them to your topic and remove {names('email_addresses')}, or remove {names('topic_arn')}."
    ]


def _emails(options: CloudWatchMonitoringOptions, names: SettingNames) -> list[str]:
    wrong = [one for one in known(options.email_addresses) if one.count("@") != 1 or one != one.strip()]
    return [
        f"{names('email_addresses')} has {one!r}; it should be an address such as oncall@example.com." for one in wrong
    ]


def _needless(options: CloudWatchMonitoringOptions, names: SettingNames) -> list[str]:
    about = {"topic_arn", "email_addresses", "time_to_first_token_s", "spend_usd_per_hour"}
    needless = sorted(about & options.model_fields_set)
    if options.alarms or not needless:
        return []
    listed = ", ".join(map(names, needless))
    return [f"{names('alarms')} is false, so {listed} would do nothing. Remove {listed}, or {names('alarms')}."]


def topic_region_problems(topic: str | None, region: str, names: SettingNames) -> list[str]:
    """Return why alarms of a region do not reach a topic."""
    found = TOPIC.fullmatch(topic) if topic else None
    if not found or found["region"] == region:
        return []
    return [
        f"{names('topic_arn')} is a topic in {found['region']}, and alarms of {region} reach topics of {region} alone. "
        f"Name one there, or leave {names('topic_arn')} out."
    ]


def _topic_in_region(settings: CloudWatchMonitoringSettings, names: SettingNames) -> list[str]:
    return topic_region_problems(known(settings.topic_arn), known(settings.region), names)


OPTION_RULES: tuple[Rule, ...] = (_something, _topic, _one_topic, _emails, _needless)
RULES: tuple[Rule, ...] = (*OPTION_RULES, _topic_in_region)
