#include "init/service.hpp"

namespace arc::init {

std::string_view to_string(Service service) noexcept {
    switch (service) {
        case Service::nats:
            return "nats";
        case Service::redis:
            return "redis";
        case Service::pulsar:
            return "pulsar";
        case Service::none:
            break;
    }
    return "";
}

std::optional<Service> parse_service(std::string_view name) noexcept {
    for (const Service service : {Service::nats, Service::redis, Service::pulsar}) {
        if (name == to_string(service)) {
            return service;
        }
    }
    return std::nullopt;
}

int default_stop_signal(Service service) noexcept {
    return service == Service::nats ? SIGINT : SIGTERM;
}

std::string_view explain_stop(Service service, int sent, int exit_code) noexcept {
    if (service == Service::nats && sent == SIGTERM && exit_code == 1) {
        return "nats-server 2.10 leaves with 1 on TERM; INT gives 0";
    }
    if (service == Service::pulsar && sent == SIGTERM && exit_code == 128 + SIGTERM) {
        return "a JVM's orderly end on TERM";
    }
    return "";
}

}  // namespace arc::init
