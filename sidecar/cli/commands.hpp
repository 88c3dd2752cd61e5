// The commands. Each takes the words after its name and returns the process's exit code; parsing
// and printing only happen in this room.
#pragma once

namespace arc::cli {

int check(int argc, char** argv);
int bootstrap(int argc, char** argv);
int wait(int argc, char** argv);
int config(int argc, char** argv);
int metrics(int argc, char** argv);
int agent(int argc, char** argv);
int preflight(int argc, char** argv);
int explain(int argc, char** argv);

// --version: the release, the commit (with -dirty where the tree differed from it), and the version
// of each library.
int version();

// Everything but `run`, by argv as main() has it: finds the command, or says what is wrong with the
// word.
int dispatch(int argc, char** argv);

}  // namespace arc::cli
