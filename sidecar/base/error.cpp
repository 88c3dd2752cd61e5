#include "base/error.hpp"

#include <cerrno>

namespace arc {

std::string_view to_string(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::refused:
            return "refused";
        case ErrorKind::unreachable:
            return "unreachable";
        case ErrorKind::unresolved:
            return "unresolved";
        case ErrorKind::tls:
            return "tls";
        case ErrorKind::auth:
            return "auth";
        case ErrorKind::permission:
            return "permission";
        case ErrorKind::protocol:
            return "protocol";
        case ErrorKind::rejected:
            return "rejected";
        case ErrorKind::config:
            return "config";
        case ErrorKind::io:
            return "io";
        case ErrorKind::shortage:
            return "shortage";
    }
    return "unknown";
}

std::string full_text(const Error& error) {
    return error.remedy.empty() ? error.text : error.text + ". " + error.remedy;
}

bool is_shortage(int code) noexcept {
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

}  // namespace arc
