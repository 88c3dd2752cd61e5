# The toolchain: Debian 13's compilers and the static libraries that arc-sidecar links.
#   amd64  compiles and links for linux/amd64
#   arm64  cross-compiles for linux/arm64 (the two sets of -dev packages do not install side by
#   side)
#   dev    amd64, and what the tests, linters and fuzzers need
# docker/packages.lock has the versions that were used last; a difference is printed as a warning
# when an image is built, and fails the build with ARC_LOCK=strict.
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${DEBIAN_IMAGE} AS tools
ENV DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates ccache cmake git make ninja-build pkgconf \
 && rm -rf /var/lib/apt/lists/*
# The tree is bind-mounted and may belong to any user.
RUN git config --system --add safe.directory '*'

# Debian's own libcurl.a needs libraries without a static form (Kerberos). Its source, with Debian's
# patches, makes a small one.
FROM tools AS curl-source
RUN --mount=type=bind,source=fetch-curl,target=/fetch-curl \
    /fetch-curl /source

FROM tools AS amd64-packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      g++ \
      doctest-dev libcli11-dev libevent-dev libfmt-dev libhiredis-dev libnats-dev libprotobuf-c-dev \
      libsodium-dev libssl-dev libtoml11-dev libzstd-dev nlohmann-json3-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
RUN --mount=type=bind,from=curl-source,source=/source,target=/source \
    --mount=type=bind,source=build-curl,target=/build-curl \
    /build-curl /source /opt/curl

FROM tools AS arm64-packages
RUN dpkg --add-architecture arm64 \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      g++-aarch64-linux-gnu \
      doctest-dev libcli11-dev libtoml11-dev nlohmann-json3-dev \
      libevent-dev:arm64 libfmt-dev:arm64 libhiredis-dev:arm64 libnats-dev:arm64 \
      libprotobuf-c-dev:arm64 libsodium-dev:arm64 libssl-dev:arm64 libzstd-dev:arm64 zlib1g-dev:arm64 \
 && rm -rf /var/lib/apt/lists/*
# The cross compiler brings a libc of the day when it was packaged and links that one first.
# libc6-dev:arm64 is the release's own and has its security fixes.
RUN cd /usr/aarch64-linux-gnu/lib \
 && for file in *.a *.o; do \
      if [ -e "/usr/lib/aarch64-linux-gnu/$file" ]; then ln -sf "/usr/lib/aarch64-linux-gnu/$file" "$file"; fi; \
    done
RUN --mount=type=bind,from=curl-source,source=/source,target=/source \
    --mount=type=bind,source=build-curl,target=/build-curl \
    /build-curl /source /opt/curl aarch64-linux-gnu

FROM amd64-packages AS dev-packages
# The JRE's alternatives need the manual's folder, which a slim image lacks.
RUN mkdir -p /usr/share/man/man1 \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      clang-19 clang-format-19 clang-tidy-19 clang-format clang-tidy clang libclang-rt-19-dev \
      docker-buildx docker-cli docker-compose \
      file iproute2 nats-server openjdk-21-jre-headless procps python3-pytest python3-pytest-xdist python3-yaml qemu-user \
      redis-server redis-tools shellcheck strace \
 && rm -rf /var/lib/apt/lists/*

# What was installed, against the list. Last, so that a new list costs no new installation.
FROM amd64-packages AS amd64
ARG ARC_LOCK=warn
RUN --mount=type=bind,target=/docker sh /docker/check-lock amd64 "${ARC_LOCK}"

FROM arm64-packages AS arm64
ARG ARC_LOCK=warn
RUN --mount=type=bind,target=/docker sh /docker/check-lock arm64 "${ARC_LOCK}"

FROM dev-packages AS dev
ARG ARC_LOCK=warn
RUN --mount=type=bind,target=/docker sh /docker/check-lock dev "${ARC_LOCK}"
