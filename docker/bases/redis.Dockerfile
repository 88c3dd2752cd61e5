# Stands in for upstream's redis:7.4-alpine where no registry answers: a real Redis, from Debian's
# packages, with the same paths, user (redis 999:1000) and volume. Upstream compiles protected-mode
# off; here it is a setting like any other: a configuration that wants it off must say so.
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${DEBIAN_IMAGE}
RUN groupadd --gid 1000 redis \
 && useradd --uid 999 --gid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin redis \
 && apt-get update \
 && apt-get install -y --no-install-recommends redis-server redis-tools \
 && ln -s /usr/bin/redis-* /usr/local/bin/ \
 && mkdir /data \
 && chown 999:1000 /data \
 && rm -rf /var/lib/apt/lists/* /var/log/* /var/lib/redis /etc/redis/redis.conf
VOLUME /data
WORKDIR /data
EXPOSE 6379
CMD ["redis-server"]
