#include "bootstrap/plan.hpp"

#include <doctest/doctest.h>

using namespace arc;

namespace {

BootstrapReport failed(ErrorKind kind) {
    return {.service = "nats", .actions = {}, .error = Error{kind, "t"}};
}

BootstrapReport refused(bool transient) {
    return {.service = "nats",
            .actions = {{.kind = ActionKind::same, .object = "stream A", .detail = {}},
                        {.kind = ActionKind::refuse,
                         .object = "stream B",
                         .detail = "no leader",
                         .transient = transient}},
            .error = {}};
}

}  // namespace

TEST_CASE("bootstrap: what may pass is tried again, and nothing else") {
    for (const ErrorKind kind : {ErrorKind::timeout, ErrorKind::refused, ErrorKind::unreachable,
                                 ErrorKind::unresolved, ErrorKind::rejected, ErrorKind::shortage}) {
        CHECK(failed(kind).may_pass());
    }
    for (const ErrorKind kind : {ErrorKind::auth, ErrorKind::permission, ErrorKind::config,
                                 ErrorKind::tls, ErrorKind::protocol, ErrorKind::io}) {
        CHECK(!failed(kind).may_pass());
    }
    CHECK(refused(true).may_pass());
    CHECK(!refused(false).may_pass());
    CHECK(!BootstrapReport{.service = "nats", .actions = {}, .error = {}}.may_pass());
}

TEST_CASE("bootstrap: the last report has what earlier attempts did") {
    std::vector<Action> done;
    BootstrapReport first = failed(ErrorKind::timeout);
    first.actions = {{ActionKind::create, "stream A", "new", true},
                     {ActionKind::create, "stream B", "new", false}};
    merge_done(first, done);
    BootstrapReport silent = failed(ErrorKind::refused);
    merge_done(silent, done);
    BootstrapReport last{.service = "nats",
                         .actions = {{ActionKind::same, "stream A", "", false},
                                     {ActionKind::create, "stream B", "new", true},
                                     {ActionKind::same, "stream C", "", false}},
                         .error = {}};
    merge_done(last, done);
    CHECK(plan_text(last, false) ==
          "  + stream A: new (done)\n  + stream B: new (done)\n  = stream C\n");
}
