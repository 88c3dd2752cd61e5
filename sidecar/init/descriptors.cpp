#include "init/descriptors.hpp"

#include <fcntl.h>

#include <charconv>
#include <limits>

namespace arc::init {

void close_inherited(Sys& sys) {
    if (sys.close_range(3, std::numeric_limits<unsigned>::max(), 0) == 0) {
        return;
    }
    for (const std::string& name : sys.list_directory("/proc/self/fd")) {
        int fd = 0;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd > 2) {
            sys.close(fd);
        }
    }
}

void open_missing_standard(Sys& sys) {
    for (int fd = 0; fd <= 2; ++fd) {
        if (sys.fcntl(fd, F_GETFD) < 0) {
            // open() returns the lowest free descriptor, which is fd.
            sys.open("/dev/null", O_RDWR);
        }
    }
}

}  // namespace arc::init
