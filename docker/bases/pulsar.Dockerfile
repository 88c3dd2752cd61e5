# Stands in for upstream's apachepulsar/pulsar:3.3 where no registry answers: the official archive
# (the build context `archive`) with Debian's JRE 21, the same folders, permissions and user (10000,
# group 0).
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${DEBIAN_IMAGE}
RUN useradd --uid 10000 --gid 0 --no-create-home --home-dir /pulsar --shell /usr/sbin/nologin pulsar \
 && mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends openjdk-21-jre-headless \
 && rm -rf /var/lib/apt/lists/* /var/log/*
ARG PULSAR_ARCHIVE
RUN --mount=type=bind,from=archive,target=/archive \
    mkdir /pulsar \
 && cd /pulsar \
 && tar -xzf "/archive/${PULSAR_ARCHIVE}" --strip-components=1 --no-same-owner \
 && mkdir -p data download logs instances/deps packages-storage \
 && for folder in conf data download logs instances/deps packages-storage; do \
      chown -R 10000:0 "$folder"; chmod -R g+rwX "$folder"; \
    done
ENV PULSAR_ROOT_LOGGER=INFO,CONSOLE
WORKDIR /pulsar
EXPOSE 6650 8080
USER 10000
CMD ["bin/pulsar", "standalone"]
