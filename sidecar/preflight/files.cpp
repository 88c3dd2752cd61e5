#include "preflight/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;

class File {
public:
    explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
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
    while (filled < limit && (got = ::pread(file.fd(), text.data() + filled, limit - filled, offset + static_cast<off_t>(filled))) > 0) {
        filled += static_cast<std::size_t>(got);
    }
    if (got < 0) {
        return std::nullopt;
    }
    text.resize(filled);
    return text;
}

Inaccessible describe(const std::string& path, int error) {
    struct stat info{};
    ::lstat(path.c_str(), &info);
    return Inaccessible{path, info.st_uid, info.st_gid, info.st_mode & 07777U, error};
}

// Calls `look` for `root` and what is below it until it finds something. A directory that cannot be listed is the caller's to notice.
std::optional<Inaccessible> walk(const std::string& root, int limit,
                                 const std::function<std::optional<Inaccessible>(const std::string&, bool)>& look) {
    std::error_code failed;
    if (auto found = look(root, fs::is_directory(root, failed))) {
        return found;
    }
    fs::recursive_directory_iterator entries(root, failed);
    for (int seen = 0; !failed && entries != fs::end(entries) && seen < limit; ++seen, entries.increment(failed)) {
        std::error_code ignored;
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
    const bool descriptor = plain == "/dev/stdin" || plain.starts_with("/dev/fd/") || plain.starts_with("/proc/");
    return descriptor ? std::nullopt : read_start(plain, limit);
}

std::optional<std::int64_t> size_of(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) ? std::optional<std::int64_t>{info.st_size} : std::nullopt;
}

bool is_directory(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::optional<Inaccessible> find_inaccessible(const std::string& root, int limit) {
    return walk(root, limit, [](const std::string& path, bool directory) -> std::optional<Inaccessible> {
        const int wanted = directory ? R_OK | W_OK | X_OK : R_OK | W_OK;
        const bool usable = ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) == 0;
        return usable ? std::nullopt : std::optional{describe(path, errno)};
    });
}

std::optional<Inaccessible> find_unusable(const std::string& directory) {
    const auto trouble = find_inaccessible(directory, 0);
    if (!trouble || (trouble->error != EACCES && trouble->error != EROFS)) {
        return std::nullopt;
    }
    std::error_code failed;
    fs::directory_iterator entries(directory, failed);
    for (; !failed && entries != fs::end(entries); entries.increment(failed)) {
        if (is_directory(entries->path().string()) && !find_inaccessible(entries->path().string(), 0)) {
            return std::nullopt;
        }
    }
    const bool hidden = failed && ::faccessat(AT_FDCWD, directory.c_str(), X_OK, AT_EACCESS) == 0;  // there may be one that is not listed
    return hidden ? std::nullopt : trouble;
}

std::optional<Inaccessible> find_foreign(const std::string& root, int limit) {
    if (::geteuid() == 0) {
        return std::nullopt;
    }
    return walk(root, limit, [](const std::string& path, bool) -> std::optional<Inaccessible> {
        const Inaccessible owner = describe(path, EPERM);
        return owner.uid == ::geteuid() ? std::nullopt : std::optional{owner};
    });
}

std::string explain(const Inaccessible& trouble, const std::string& top, std::string_view codename) {
    if (trouble.error == EROFS) {
        return fmt::format("{}: on a read-only file system: mount the volume read-write", trouble.path);
    }
    if (trouble.error == ENOENT) {
        return fmt::format("{}: no such directory: mount the volume there", trouble.path);
    }
    if (trouble.error != EACCES && trouble.error != EPERM) {
        return fmt::format("{}: {}", trouble.path, ::strerrordesc_np(trouble.error));
    }
    const std::string own = fmt::format("{}:{}", ::geteuid(), ::getegid());
    return fmt::format(
        "{}: belongs to {}:{} (mode {:04o}){}, and this server runs as {}: as root, chown -R {} {} (the platform's volume: make {}-adopt)",
        trouble.path, trouble.uid, trouble.gid, trouble.mode, trouble.error == EACCES ? ", without access for others" : "", own, own, top,
        codename);
}

std::string explain_absent(const std::string& directory, const Inaccessible& above) {
    if (::faccessat(AT_FDCWD, above.path.c_str(), X_OK, AT_EACCESS) != 0) {  // it may be there: nobody can know from here
        return fmt::format(
            "{}: cannot be reached: {} belongs to {}:{} (mode {:04o}), and this server, which runs as {}:{}, may not look into it: "
            "as root, chmod a+x {}",
            directory, above.path, above.uid, above.gid, above.mode, ::geteuid(), ::getegid(), above.path);
    }
    if (above.error == EROFS) {
        return fmt::format("{}: does not exist and cannot be made: {} is on a read-only file system: mount the volume read-write",
                           directory, above.path);
    }
    return fmt::format(
        "{}: does not exist, and this server, which runs as {}:{}, cannot make it in {} (belongs to {}:{}, mode {:04o}): mount a "
        "volume there, or as root: install -d -o {} -g {} {}",
        directory, ::geteuid(), ::getegid(), above.path, above.uid, above.gid, above.mode, ::geteuid(), ::getegid(), directory);
}

std::string nearest_existing(std::string path) {
    std::error_code failed;
    while (path.size() > 1 && !fs::exists(path, failed)) {
        path = fs::path(path).parent_path().string();
    }
    return path;
}

}  // namespace arc::preflight
