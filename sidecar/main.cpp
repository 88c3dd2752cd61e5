#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "base/secrets.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "init/run.hpp"

int main(int argc, char** argv) {
    // Before anything is said: what is in the command line or in the environment may be quoted by a
    // server or by an error.
    arc::keep_secrets_of_environment(::environ);
    arc::keep_secrets_of_command({argv, static_cast<std::size_t>(argc)});
    // `run` first and apart: PID 1 sets up nothing that a client library or a parser could need.
    if (argc > 1 && std::string_view(argv[1]) == "run") {
        return arc::init::run(argc - 2, argv + 2);
    }
    const int status = arc::cli::dispatch(argc, argv);
    if (arc::cli::left_a_reader()) {
        std::fflush(nullptr);
        ::_exit(status);  // the reader may use what the destructors of static objects free
    }
    return status;
}
