# One image for every command: `serve`, which is the default, `worker`, `migrate`, `doctor`, and whatever else `recado` does.
# docs/operations.md says how it is run; compose.yaml runs it with everything it needs.

ARG PYTHON=3.11-slim

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/recado
ENV PATH=/opt/recado/bin:$PATH
# What changes seldom comes first. Only wheels: nothing is compiled, and no package's own script runs.
COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt
COPY LICENSE README.md pyproject.toml ./
COPY src ./src
# The build back end is pinned among the requirements; it and the installers stay behind.
RUN pip install --no-deps --no-build-isolation . \
    && pip uninstall --yes hatchling pathspec pluggy tomlkit trove-classifiers setuptools pip

FROM python:${PYTHON}
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin recado \
    && install --directory --owner=recado --group=recado --mode=700 /data \
    && install --directory /app \
    && pip uninstall --yes --root-user-action=ignore setuptools wheel pip
COPY --from=build /opt/recado /opt/recado
# The port for monitoring is on in a container, where it is reached from inside alone unless somebody publishes it.
ENV PATH=/opt/recado/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RECADO_DATA=/data \
    RECADO_HOST=0.0.0.0 \
    RECADO_METRICS_PORT=9464
# An agent's file is mounted here, as recado.toml. Nothing but /data is ever written to.
WORKDIR /app
VOLUME /data
USER 10001:10001
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"RECADO_METRICS_PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["recado"]
CMD ["serve"]
