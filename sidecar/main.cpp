#include <string_view>

#include "cli/commands.hpp"
#include "init/run.hpp"

int main(int argc, char** argv) {
    // `run` first and apart: PID 1 sets up nothing that a client library or a parser could need.
    if (argc > 1 && std::string_view(argv[1]) == "run") {
        return arc::init::run(argc - 2, argv + 2);
    }
    return arc::cli::dispatch(argc, argv);
}
