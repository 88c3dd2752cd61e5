// What a check does with a setting or with a declared object.
#pragma once

#include <string_view>

namespace arc {

struct Use {
    enum class Kind {
        unstated,     // a test rejects it
        own,          // it configures the sidecar
        connection,   // it is used to reach the server: a wrong value is a finding about that
        declaration,  // about the server, compared with it
    };
    Kind kind = Kind::unstated;
    // of a declaration: the code of the finding if the server's value is another one, and that if
    // the value cannot be learned, which is never ok
    std::string_view differs;
    std::string_view unverified;
};

inline constexpr Use kOwn{.kind = Use::Kind::own, .differs = {}, .unverified = {}};
inline constexpr Use kConnection{.kind = Use::Kind::connection, .differs = {}, .unverified = {}};

[[nodiscard]] constexpr Use declaration(std::string_view differs, std::string_view unverified) {
    return {.kind = Use::Kind::declaration, .differs = differs, .unverified = unverified};
}

}  // namespace arc
