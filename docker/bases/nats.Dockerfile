# Stands in for upstream's nats:2.10-alpine where no registry answers: a real nats-server, from
# Debian's packages, with the same paths and (as upstream) root as the user.
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${DEBIAN_IMAGE} AS packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends nats-server

FROM ${DEBIAN_IMAGE}
COPY --from=packages /usr/sbin/nats-server /usr/local/bin/nats-server
COPY nats-server.conf /etc/nats/nats-server.conf
EXPOSE 4222 6222 8222
CMD ["nats-server", "--config", "/etc/nats/nats-server.conf"]
