#include <doctest/doctest.h>

#include "nats/nkey.hpp"

using namespace arc;
using namespace arc::nats;

namespace {

// Made for this test by OpenSSL and an encoder of another kind; they open nothing.
const std::string kSeed = "SUANS77OT5XX26N7AUHGDAHE3KJL7UIGTLGQJD4VPDU6ZYKYATRWK6USII";
const std::string kPublic = "UCVPSUMUFQNDZV5QZKIY7KBDB3FSEJO5DXCXH2NT4QIGK4SHNFLBHXIT";
const std::string kAccountSeed = "SAAEHS57WC54OINUXA3L5HY2YZBLYY622HIUYL3MXUPCDUUG32UOGWTQ5M";

}  // namespace

TEST_CASE("nats nkey: the public key of a user's seed") {
    REQUIRE(public_key(kSeed));
    CHECK(*public_key(kSeed) == kPublic);
}

TEST_CASE("nats nkey: what is no user's seed is refused, and not repeated") {
    std::string damaged = kSeed;
    damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
    for (const std::string& wrong : {damaged, kAccountSeed, kPublic, std::string{},
                                     std::string(58, '!'), kSeed + "A", kSeed.substr(1)}) {
        const auto key = public_key(wrong);
        REQUIRE(!key);
        CHECK(key.error().kind == ErrorKind::config);
        CHECK((wrong.empty() || key.error().text.find(wrong) == std::string::npos));
    }
}

TEST_CASE("nats nkey: the seed is found in a file with lines around it") {
    for (const std::string& text :
         {kSeed, kSeed + "\r\n",
          "-----BEGIN USER NKEY SEED-----\n" + kSeed + "\n------END USER NKEY SEED------\n",
          "\n\t " + kSeed}) {
        REQUIRE(find_user_seed(text));
        CHECK(*find_user_seed(text) == kSeed);
    }
    for (const std::string& text :
         {std::string{}, std::string(" \n"), kAccountSeed, kSeed.substr(0, 57), kSeed + "A"}) {
        CHECK(!find_user_seed(text));
    }
}
