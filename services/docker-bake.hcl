// The three service images and the stand-alone one, for linux/amd64 and linux/arm64, in parallel. Run it in the root, which is
// the build context. It compiles nothing: `make build-all` has compiled build/release-ARCH/arc-sidecar
// once for each architecture, and each image copies it.
variable "PREFIX"      { default = "" }        // of the names, with the slash: ghcr.io/owner/
variable "TAG"         { default = "dev" }
variable "VERSION"     { default = "0.0.0" }
variable "REVISION"    { default = "unknown" }
variable "INPUTS"      { default = "unknown" }
variable "PLATFORMS"   { default = "linux/amd64,linux/arm64" }
variable "NATS_BASE"   { default = "nats:2.10-alpine" }
variable "PULSAR_BASE" { default = "apachepulsar/pulsar:3.3.6" }
variable "REDIS_BASE"  { default = "redis:7.4-alpine" }

group "default" { targets = ["messaging", "streaming", "cache", "sidecar"] }

target "service" {
  name = service
  matrix = { service = ["messaging", "streaming", "cache", "sidecar"] }
  context = "."
  dockerfile = "services/${service}/Dockerfile"
  platforms = split(",", PLATFORMS)
  network = "none"   // nothing but the base image comes from outside
  tags = ["${PREFIX}arc-${service}:${TAG}"]
  args = {
    BASE_IMAGE = { messaging = NATS_BASE, streaming = PULSAR_BASE, cache = REDIS_BASE, sidecar = "scratch" }[service]
    VERSION = VERSION
    REVISION = REVISION
    INPUTS = INPUTS
  }
}
