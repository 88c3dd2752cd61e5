// What preflight reads: small configuration files, the ends of large ones, and who may do what with
// a directory. Nothing is written.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace arc::preflight {

// The first `limit` bytes of a regular file, or of /dev/null. Nothing where it cannot be read, or
// is a pipe or a device: what is read from those, the server will not find there any more.
[[nodiscard]] std::optional<std::string> read_start(const std::string& path, std::size_t limit);

// The last `limit` bytes likewise.
[[nodiscard]] std::optional<std::string> read_end(const std::string& path, std::size_t limit);

// A file of the server's configuration: likewise, but whole, so nothing where it is longer; and
// never a descriptor of the server's by its name (/dev/stdin, /dev/fd/63), which is another one in
// this process.
[[nodiscard]] std::optional<std::string> read_config(const std::string& path, std::size_t limit);

[[nodiscard]] std::optional<std::int64_t> size_of(const std::string& path);
// not is_directory(): a path would find that of std::filesystem, which throws
[[nodiscard]] bool has_directory(const std::string& path);

// Whether nothing is at `path`, for certain: false, too, where the kernel does not tell (no right
// to look, a system call that a seccomp or AppArmor profile denies).
[[nodiscard]] bool is_absent(const std::string& path);

// A path that this process may not use as a server wants to.
struct Inaccessible {
    std::string path;
    uid_t uid = 0;
    gid_t gid = 0;
    mode_t mode = 0;  // permission bits
    // errno: EACCES, EROFS (a read-only file system), EPERM (another's, and only its owner may)
    int error = 0;
};

// `path`, where this process may not do what `wanted` says (R_OK, W_OK, X_OK, or'ed). Nothing where
// it may, and nothing where that cannot be known: a refusal must not rest on a system call that was
// denied.
[[nodiscard]] std::optional<Inaccessible> find_denied(const std::string& path, int wanted);

// The first path in the tree at `root`, itself included, that this process may not use as a server
// uses its own data: directories are listed, searched and written, files read and written. Symbolic
// links are not followed below it. At most `limit` entries are looked at: an owner that is wrong is
// wrong at the top or near it. What no server made is passed over at the top: `lost+found`, names
// with a dot in front (snapshots of a file system).
[[nodiscard]] std::optional<Inaccessible> find_inaccessible(const std::string& root,
                                                            int limit = 4096);

// `directory`, where this process can make no file in it nor in any directory right below it.
// Nothing where that is not certain, or it does not exist.
[[nodiscard]] std::optional<Inaccessible> find_unusable(const std::string& directory);

// The first path of the tree that is not this process's own, passed over likewise. Nothing for
// root, which may do what owners may.
[[nodiscard]] std::optional<Inaccessible> find_foreign(const std::string& root, int limit = 4096);

// The path, who owns it, who we are and what mends it; `top` is the directory to give away,
// `codename` that of the platform's make targets.
[[nodiscard]] std::string explain(const Inaccessible& trouble, const std::string& top,
                                  std::string_view codename);

// "belongs to 0:0 (mode 0755), and this server runs as 1000:1000", "is on a read-only file system".
[[nodiscard]] std::string what_denies(const Inaccessible& trouble);

// The same for a directory that is not there and cannot be made, because `above` may not be
// written, or not even looked into.
[[nodiscard]] std::string explain_absent(const std::string& directory, const Inaccessible& above);

// `path` itself, else the nearest directory above it that is not certain to be absent and can be
// looked into.
[[nodiscard]] std::string nearest_existing(std::string path);

}  // namespace arc::preflight
