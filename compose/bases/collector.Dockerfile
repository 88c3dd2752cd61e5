# Stands in for upstream's otel/opentelemetry-collector where no registry answers: the same version, made from its Go modules by the
# collector's own builder, with the few parts that collector.yaml lists. 6 minutes of one core, once.
# The builder ends with `go mod tidy`, which wants what only the parts' own tests use; where the module proxy lacks that it fails, with
# everything written. Versions follow from collector.yaml alone (Go takes the least that all requirements allow); the checksum database
# of the Go project verifies each module.
# The secret `ca` is the host's bundle of authorities, for a machine behind a proxy with its own; it may be left out.
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${DEBIAN_IMAGE} AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates golang-go \
 && rm -rf /var/lib/apt/lists/*
# The builder asks for a newer Go than Debian's; it comes as a module, verified like the others.
ENV GOTOOLCHAIN=go1.26.8+auto CGO_ENABLED=0 GOBIN=/usr/local/bin GOFLAGS=-trimpath
ARG GOPROXY
COPY collector.yaml /collector.yaml
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi \
 && go install go.opentelemetry.io/collector/cmd/builder@v0.155.0 \
 && { builder --config /collector.yaml --skip-compilation || test -s /collector/go.mod; }
WORKDIR /collector
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi \
 && nice go build -mod=mod -buildvcs=false -ldflags '-s -w' -o /otelcol .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /otelcol /otelcol
USER 10001:10001
EXPOSE 4317 4318
ENTRYPOINT ["/otelcol"]
