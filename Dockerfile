# One image for the receiver, the workers and the admin commands:
#   docker run IMAGE                      the receiver, on port 8000
#   docker run --init IMAGE workers       the workers
#   docker run --rm IMAGE admin check     any admin command
# Your own handlers: mount a folder and name it in GIGSTACK_HANDLERS_DIR, or build FROM this image.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY requirements.lock /tmp/
# Wheels only: nothing is compiled, so nothing needs a compiler.
RUN python -m pip --python /venv/bin/python install --disable-pip-version-check --no-cache-dir \
      --require-hashes --only-binary :all: -r /tmp/requirements.lock
COPY gigstack_events gigstack_events
COPY receiver receiver
COPY workers workers
COPY handlers handlers
COPY admin admin
RUN /venv/bin/python -m compileall -q .

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin gigstack
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001
EXPOSE 8000
# SIGTERM: the receiver answers what it has begun, a worker finishes its run or hands it back.
STOPSIGNAL SIGTERM
# Knows by the command of the container whether there is a door to knock at.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["python", "-m", "gigstack_events.health"]
# An entry point for modules, so that the first word after the image's name is the place to start.
ENTRYPOINT ["python", "-m"]
CMD ["receiver", "--host", "0.0.0.0", "--port", "8000"]
