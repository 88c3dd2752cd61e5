#include <doctest/doctest.h>

#include "base/volume.hpp"

using namespace arc;

TEST_CASE("volume: is_below() compares names") {
    CHECK(is_below("/data/jetstream", "/data"));
    CHECK(is_below("/data/jetstream", "/data/"));
    CHECK(is_below("/data", "/data"));
    CHECK(is_below("/data/./x/../jetstream", "/data"));
    CHECK(is_below("/anything", "/"));
    CHECK_FALSE(is_below("/database/jetstream", "/data"));
    CHECK_FALSE(is_below("/data/../tmp/jetstream", "/data"));
    CHECK_FALSE(is_below("/tmp/nats/jetstream", "/data"));
    CHECK_FALSE(is_below("jetstream", "/data"));
}

TEST_CASE("volume: mounts in /proc/self/mountinfo") {
    const char* const info =
        "22 1 0:21 / / rw,relatime - overlay overlay rw,lowerdir=/l\n"
        "23 22 0:22 / /proc rw,nosuid shared:5 - proc proc rw\n"
        "24 22 254:1 /var/lib/docker/volumes/x/_data /data rw,relatime master:1 - ext4 /dev/vda1 "
        "rw\n"
        "25 22 0:30 / /with\\040space rw - tmpfs tmpfs rw\n"
        "26 22 254:1 /y /twice rw - ext4 /dev/vda1 rw\n"
        "27 26 0:31 / /twice rw - tmpfs tmpfs rw\n"
        "torn line";
    CHECK(mount_at(info, "/data") == "ext4");
    CHECK(mount_at(info, "/") == "overlay");
    CHECK(mount_at(info, "/with space") == "tmpfs");
    CHECK(mount_at(info, "/twice") == "tmpfs");
    CHECK_FALSE(mount_at(info, "/dat"));
    CHECK_FALSE(mount_at(info, "/data/jetstream"));
    CHECK_FALSE(mount_at("", "/data"));
}

TEST_CASE("volume: facts of a missing directory stay unset") {
    const auto facts = look_at_volume("/no/such/store", "/no/such/volume");
    CHECK_FALSE(facts.available);
    CHECK_FALSE(facts.mounted);
    CHECK_FALSE(facts.real_store);
    CHECK_FALSE(look_at_volume("relative", "").available);
    const auto root = look_at_volume("/", "/");
    CHECK(root.available);
    CHECK(root.mounted == true);
    CHECK(root.size.value_or(0) > 0);
    CHECK_FALSE(look_at_volume("/proc", "").in_memory);
    CHECK(look_at_volume("/dev/shm", "").in_memory);
}
