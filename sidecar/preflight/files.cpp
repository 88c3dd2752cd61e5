#include "preflight/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <utility>

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;

class File {
public:
    explicit File(const std::string& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

std::optional<std::string> read_from(const File& file, off_t offset, std::size_t limit) {
    struct stat info{};
    if (::fstat(file.fd(), &info) != 0) {
        return std::nullopt;
    }
    const bool is_null = S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
    if (!S_ISREG(info.st_mode)) {
        return is_null ? std::optional<std::string>{""} : std::nullopt;
    }
    std::string text(limit, '\0');
    std::size_t filled = 0;
    ssize_t got = 0;
    while (filled < limit && (got = ::pread(file.fd(), text.data() + filled, limit - filled,
                                            offset + static_cast<off_t>(filled))) > 0) {
        filled += static_cast<std::size_t>(got);
    }
    if (got < 0) {
        return std::nullopt;
    }
    text.resize(filled);
    return text;
}

// Nothing where the kernel does not tell whose it is.
std::optional<Inaccessible> describe(const std::string& path, int error) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) {
        return std::nullopt;
    }
    return Inaccessible{path, info.st_uid, info.st_gid, info.st_mode & 07777U, error};
}

// faccessat(2) with effective ids is a system call of its own since Linux 5.8, which profiles from
// before deny; the older one asks with the real ids, which are the same here. 0, or the error:
// EPERM where neither answers.
int access_error(const std::string& path, int wanted) {
    if (::faccessat(AT_FDCWD, "/", F_OK, AT_EACCESS) == 0) {
        return ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0 ? 0 : errno;
    }
    // The C library's own way to it leads through the newer one.
    const auto older = [](const char* file, int mode) {
        return ::syscall(SYS_faccessat, AT_FDCWD, file, mode);
    };
    if (::geteuid() != ::getuid() || older("/", F_OK) != 0) {
        return EPERM;
    }
    return older(path.c_str(), wanted) == 0 ? 0 : errno;
}

// Errors that say something of the file, and not of the asking.
bool is_known(int error) {
    return error == EACCES || error == EROFS;
}

// Made by the file system or for people, not by a server: ext4's lost+found, .snapshot, .zfs.
bool is_no_data(const fs::path& name) {
    return name == "lost+found" || name.string().starts_with('.');
}

// Calls `look` for `root` and what is below it until it finds something. A directory that cannot be
// listed is the caller's to notice.
std::optional<Inaccessible> walk(
    const std::string& root, int limit,
    const std::function<std::optional<Inaccessible>(const std::string&, bool)>& look) {
    std::error_code failed;
    if (auto found = look(root, fs::is_directory(root, failed))) {
        return found;
    }
    fs::recursive_directory_iterator entries(root, failed);
    for (int seen = 0; !failed && entries != fs::end(entries) && seen < limit;
         ++seen, entries.increment(failed)) {
        std::error_code ignored;
        if (entries.depth() == 0 && is_no_data(entries->path().filename())) {
            entries.disable_recursion_pending();
            continue;
        }
        if (entries->is_symlink(ignored)) {
            continue;
        }
        if (auto found = look(entries->path().string(), entries->is_directory(ignored))) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_start(const std::string& path, std::size_t limit) {
    const File file{path};
    return file.fd() < 0 ? std::nullopt : read_from(file, 0, limit);
}

std::optional<std::string> read_end(const std::string& path, std::size_t limit) {
    const File file{path};
    struct stat info{};
    if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) {
        return std::nullopt;
    }
    const auto size = static_cast<off_t>(limit);
    return read_from(file, info.st_size > size ? info.st_size - size : 0, limit);
}

std::optional<std::string> read_config(const std::string& path, std::size_t limit) {
    const std::string plain = fs::path(path).lexically_normal().string();
    const bool descriptor =
        plain == "/dev/stdin" || plain.starts_with("/dev/fd/") || plain.starts_with("/proc/");
    auto text = descriptor ? std::nullopt : read_start(path, limit + 1);
    // what its end says is not known
    return text && text->size() > limit ? std::nullopt : std::move(text);
}

std::optional<std::int64_t> size_of(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)
               ? std::optional<std::int64_t>{info.st_size}
               : std::nullopt;
}

bool has_directory(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_absent(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::optional<Inaccessible> find_denied(const std::string& path, int wanted) {
    const int error = access_error(path, wanted);
    return is_known(error) ? describe(path, error) : std::nullopt;
}

std::optional<Inaccessible> find_inaccessible(const std::string& root, int limit) {
    return walk(root, limit, [](const std::string& path, bool directory) {
        return find_denied(path, directory ? R_OK | W_OK | X_OK : R_OK | W_OK);
    });
}

std::optional<Inaccessible> find_unusable(const std::string& directory) {
    const auto trouble = find_denied(directory, W_OK | X_OK);
    if (!trouble) {
        return std::nullopt;
    }
    std::error_code failed;
    fs::directory_iterator entries(directory, failed);
    for (; !failed && entries != fs::end(entries); entries.increment(failed)) {
        if (has_directory(entries->path().string()) &&
            !find_denied(entries->path().string(), W_OK | X_OK)) {
            return std::nullopt;
        }
    }
    // there may be one that is not listed
    return failed && !find_denied(directory, X_OK) ? std::nullopt : trouble;
}

std::optional<Inaccessible> find_foreign(const std::string& root, int limit) {
    if (::geteuid() == 0) {
        return std::nullopt;
    }
    return walk(root, limit, [](const std::string& path, bool) -> std::optional<Inaccessible> {
        const auto owner = describe(path, EPERM);
        return owner && owner->uid != ::geteuid() ? owner : std::nullopt;
    });
}

std::string explain(const Inaccessible& trouble, const std::string& top,
                    std::string_view codename) {
    if (trouble.error == EROFS) {
        return fmt::format("{}: on a read-only file system: mount the volume read-write",
                           trouble.path);
    }
    const std::string own = fmt::format("{}:{}", ::geteuid(), ::getegid());
    return fmt::format(
        "{}: belongs to {}:{} (mode {:04o}){}, and this server runs as {}: as root, chown -R {} {} "
        "(the platform's volume: make {}-adopt)",
        trouble.path, trouble.uid, trouble.gid, trouble.mode,
        trouble.error == EACCES ? ", without access for others" : "", own, own, top, codename);
}

std::string what_denies(const Inaccessible& trouble) {
    return trouble.error == EROFS
               ? "is on a read-only file system"
               : fmt::format("belongs to {}:{} (mode {:04o}), and this server runs as {}:{}",
                             trouble.uid, trouble.gid, trouble.mode, ::geteuid(), ::getegid());
}

std::string explain_absent(const std::string& directory, const Inaccessible& above) {
    if (find_denied(above.path, X_OK)) {  // it may be there: nobody can know from here
        return fmt::format(
            "{}: cannot be reached: {} belongs to {}:{} (mode {:04o}), and this server, which runs "
            "as {}:{}, may not look into it: "
            "as root, chmod a+x {}",
            directory, above.path, above.uid, above.gid, above.mode, ::geteuid(), ::getegid(),
            above.path);
    }
    if (above.error == EROFS) {
        return fmt::format(
            "{}: does not exist and cannot be made: {} is on a read-only file system: mount the "
            "volume read-write",
            directory, above.path);
    }
    return fmt::format(
        "{}: does not exist, and this server, which runs as {}:{}, cannot make it in {} (belongs "
        "to {}:{}, mode {:04o}): mount a "
        "volume there, or as root: install -d -o {} -g {} {}",
        directory, ::geteuid(), ::getegid(), above.path, above.uid, above.gid, above.mode,
        ::geteuid(), ::getegid(), directory);
}

std::string nearest_existing(std::string path) {
    struct stat info{};
    // Behind a directory that may not be searched nothing can be seen: that directory is what is
    // looked at.
    while (path.size() > 1 && ::stat(path.c_str(), &info) != 0 &&
           (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) {
        path = fs::path(path).parent_path().string();
    }
    return path;
}

}  // namespace arc::preflight
