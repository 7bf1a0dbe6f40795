"""What is unsafe about a Redis server, in sentences for its operator."""

import redis

# By the word that begins an error reply, and by the class that redis-py makes of it.
_CURES = {
    ("OOM", "OutOfMemoryError"): "Redis is out of memory: raise maxmemory or free some",
    ("READONLY", "ReadOnlyError"): "this Redis is a read-only replica: point REDIS_URL at the primary",
    ("MISCONF",): "Redis cannot write to its disk: free space or mend its permissions",
    ("LOADING", "BusyLoadingError"): "Redis is still loading its data",
    ("BUSY",): "Redis is busy with a script: wait, or end it with SCRIPT KILL",
    ("NOREPLICAS",): "Redis has too few replicas for its min-replicas-to-write: start them",
    ("MASTERDOWN", "MasterDownError"): "this Redis is a replica that has lost its primary",
    ("NOAUTH", "WRONGPASS", "AuthenticationError"): (
        "Redis does not accept the password, or wants one: correct it in REDIS_URL"
    ),
    ("NOPERM", "NoPermissionError"): "this Redis user may not write here: mend its ACL",
}

_OLDEST = (6, 2)
_WATCHED = ("appendonly", "appendfsync", "maxmemory-policy")


def refusal_in_words(error: Exception) -> str:
    """What Redis refuses and how that is mended. Its own words stay out: they may quote a command."""
    words = str(error).split(" ")[0]
    for names, cure in _CURES.items():
        if type(error).__name__ in names or words in names:
            return cure
    return f"Redis refused the command ({words if words.isupper() else type(error).__name__})"


def redis_warnings(client: redis.Redis) -> list[str]:
    """Tell what could lose or refuse work on this server; an empty list means that nothing was found."""
    return [*_server_warnings(client), *_configuration_warnings(client)]


def _server_warnings(client: redis.Redis) -> list[str]:
    facts = client.info()
    version = str(facts.get("redis_version", "0"))
    warnings = []
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        warnings.append(f"Redis {version} is too old: install 6.2 or newer.")
    if facts.get("role") == "slave":
        warnings.append("This Redis is a replica and refuses writes: point REDIS_URL at the primary.")
    return warnings


def _configuration_warnings(client: redis.Redis) -> list[str]:
    try:
        settings = {name: client.config_get(name)[name] for name in _WATCHED}
    except redis.ResponseError:
        return [
            "Redis does not permit CONFIG, so its safety is not known: make sure that appendonly is yes, "
            "appendfsync is always and maxmemory-policy is noeviction."
        ]
    warnings = []
    if settings["appendonly"] != "yes":
        warnings.append("appendonly is off: a restart of Redis loses work; set `appendonly yes`.")
    elif settings["appendfsync"] != "always":
        warnings.append(
            f"appendfsync is {settings['appendfsync']}: when Redis or its machine dies, the last second or "
            "more of accepted work may be lost; set `appendfsync always`."
        )
    if settings["maxmemory-policy"] != "noeviction":
        warnings.append(
            f"maxmemory-policy is {settings['maxmemory-policy']}: short of memory, Redis would throw work "
            "away; set `maxmemory-policy noeviction`."
        )
    return warnings
