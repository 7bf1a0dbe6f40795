"""What is unsafe about a Redis server, in sentences for its operator."""

import redis

_OLDEST = (6, 2)
_WATCHED = ("appendonly", "appendfsync", "maxmemory-policy")


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
