// Which bytes are locked, and that the kernel does with them what the design needs: the real
// fcntl(2), between descriptions of one process.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "preflight/store_lock.hpp"
#include "temporary.hpp"

using namespace arc::preflight;
using arc::testing::TemporaryDirectory;
using Locks = std::vector<Lock>;

namespace {

// As their hooks have it.
constexpr int kNats = 0;
constexpr int kRedis = 1;
constexpr int kPulsar = 2;

const Lock* lock_in(const Locks& locks, const std::string& directory) {
    const auto found = std::ranges::find(locks, directory, &Lock::directory);
    return found == locks.end() ? nullptr : &*found;
}

// The same byte of the same directory, or a range that holds it.
bool meet(const Locks& one, const Locks& other) {
    return std::ranges::any_of(one, [&](const Lock& a) {
        return std::ranges::any_of(other, [&](const Lock& b) {
            return a.directory == b.directory && a.first < b.first + b.length &&
                   b.first < a.first + a.length;
        });
    });
}

}  // namespace

TEST_CASE(
    "store lock: a store has the same lock before it exists, afterwards, and through a link") {
    const TemporaryDirectory volume;
    const std::string store = volume.path() + "/jetstream";
    const Locks fresh = store_locks(kNats, store);
    REQUIRE(lock_in(fresh, volume.path()));
    CHECK(fresh.back().directory == volume.path());
    REQUIRE(::mkdir(store.c_str(), 0755) == 0);
    const Locks used = store_locks(kNats, store + "/");
    CHECK(used.back().directory == store);
    CHECK(used.back().first == store_byte(kNats, "."));
    CHECK(lock_in(used, volume.path())->first == lock_in(fresh, volume.path())->first);
    const std::string link = volume.path() + "/link";
    REQUIRE(::symlink("jetstream", link.c_str()) == 0);
    CHECK(store_locks(kNats, link).back().first == used.back().first);
    CHECK(store_locks(kNats, link).back().directory == store);
}

TEST_CASE("store lock: stores that differ do not meet, one inside the other included") {
    const TemporaryDirectory volume;
    const Locks one = store_locks(kNats, volume.path() + "/a/jetstream");
    CHECK_FALSE(meet(one, store_locks(kNats, volume.path() + "/b/jetstream")));
    CHECK_FALSE(meet(one, store_locks(kNats, volume.path() + "/a/jetstream2")));
    CHECK_FALSE(meet(one, store_locks(kRedis, volume.path())));
    CHECK_FALSE(meet(store_locks(kPulsar, volume.path() + "/data/metadata"),
                     store_locks(kPulsar, volume.path() + "/data/standalone")));
    CHECK(meet(one, store_locks(kNats, volume.path() + "/x/../a/jetstream")));
}

TEST_CASE(
    "store lock: a volume as a whole meets each store of its service below it, and no other") {
    const TemporaryDirectory volume;
    const Locks whole = volume_locks(kRedis, volume.path());
    CHECK(meet(whole, store_locks(kRedis, volume.path())));
    CHECK(meet(whole, store_locks(kRedis, volume.path() + "/a/b")));
    CHECK(meet(whole, whole));
    CHECK_FALSE(meet(whole, store_locks(kNats, volume.path() + "/jetstream")));
    CHECK_FALSE(meet(whole, volume_locks(kPulsar, volume.path())));
}

TEST_CASE(
    "store lock: not beyond the root of a mount, where another container has another volume") {
    const Locks locks = store_locks(kNats, "/proc/self/no/such/store");
    CHECK(locks.front().directory == "/proc");
    for (const Lock& lock : locks) {
        CHECK(lock.first >= 0);
        CHECK(lock.store == "/proc/self/no/such/store");
    }
}

TEST_CASE("store lock: a directory takes a lock for reading, and another description sees it") {
    const TemporaryDirectory volume;
    const int holder = ::open(volume.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int other = ::open(volume.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Lock lock = store_locks(kPulsar, volume.path()).back();
    const auto range = [](short type, std::int64_t first) {
        struct flock result{};
        result.l_type = type;
        result.l_whence = SEEK_SET;
        result.l_start = first;
        result.l_len = 1;
        return result;
    };
    struct flock placed = range(F_RDLCK, lock.first);
    CHECK(::fcntl(holder, F_OFD_SETLK, &placed) == 0);
    const auto is_held = [&](int fd, std::int64_t first) {
        struct flock asked = range(F_WRLCK, first);
        return ::fcntl(fd, F_OFD_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    };
    CHECK(is_held(other, lock.first));
    CHECK_FALSE(is_held(other, lock.first + 1));
    CHECK_FALSE(is_held(holder, lock.first));
    ::close(holder);
    CHECK_FALSE(is_held(other, lock.first));
    ::close(other);
}
