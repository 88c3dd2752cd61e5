#include <doctest/doctest.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/tls.hpp"

using namespace arc;

namespace {

struct Free {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, Free>;

struct Named {
    int type;  // GEN_DNS, GEN_IPADD
    std::string_view bytes;
};

// A certificate with exactly these alternative names. No tool writes an address of another length.
// The names are on the heap, so that the sanitizer detects a read behind their end.
Certificate certificate_for(std::initializer_list<Named> names) {
    Certificate made{X509_new()};
    GENERAL_NAMES* all = sk_GENERAL_NAME_new_null();
    for (const Named& named : names) {
        ASN1_STRING* text =
            ASN1_STRING_type_new(named.type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
        ASN1_STRING_set(text, named.bytes.data(), static_cast<int>(named.bytes.size()));
        GENERAL_NAME* name = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(name, named.type, text);
        sk_GENERAL_NAME_push(all, name);
    }
    X509_add1_ext_i2d(made.get(), NID_subject_alt_name, all, 0, X509V3_ADD_DEFAULT);
    GENERAL_NAMES_free(all);
    return made;
}

std::string names_of(std::initializer_list<Named> names) {
    return certificate_names(certificate_for(names).get());
}

}  // namespace

TEST_CASE("net tls: the names of a certificate") {
    CHECK(names_of({{GEN_DNS, "nats.example"}, {GEN_IPADD, std::string_view("\x0A\0\0\x05", 4)}}) ==
          "DNS:nats.example, IP:10.0.0.5");
    CHECK(names_of({{GEN_IPADD, std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16)}}) ==
          "IP:::1");
}

TEST_CASE("net tls: an address of invalid length is not read") {
    CHECK(names_of({{GEN_IPADD, "\x0A"}}) == "IP:an address of 1 bytes");
    CHECK(names_of({{GEN_IPADD, ""}}) == "IP:an address of 0 bytes");
    CHECK(names_of({{GEN_IPADD, "12345"}, {GEN_DNS, "a"}}) == "IP:an address of 5 bytes, DNS:a");
    // with a mask, as in a name constraint
    CHECK(names_of({{GEN_IPADD, "12345678"}}) == "IP:an address of 8 bytes");
    CHECK(names_of({{GEN_IPADD, "12345678901234567"}}) == "IP:an address of 17 bytes");
}

TEST_CASE("net tls: the length of all names is limited") {
    const std::string label(250, 'a');
    CHECK(names_of({{GEN_DNS, label},
                    {GEN_DNS, label},
                    {GEN_DNS, label},
                    {GEN_DNS, label},
                    {GEN_DNS, label},
                    {GEN_DNS, label}})
              .size() < 1400);
    CHECK(names_of({{GEN_DNS, ""}}) == "DNS:");
    CHECK(names_of({}).empty());
}
