#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/shown.hpp"
#include "bootstrap/plan.hpp"
#include "codes.hpp"
#include "config/config.hpp"
#include "health/report.hpp"
#include "metrics/exposition.hpp"
#include "preflight/report.hpp"

using namespace arc;

namespace {

constexpr const char* kSecret = "Tr0ub4dor&3 \"x\\y\"/+";

void keep_all(std::initializer_list<const char*> words) {
    keep_secrets_of_command(std::span(words.begin(), words.size()));
}

bool holds_piece(std::string_view text, std::string_view secret) {
    for (std::size_t at = 0; at + 8 <= secret.size(); ++at) {
        if (text.contains(secret.substr(at, 8))) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("text: unchanged without known secrets") {
    CHECK(shown("ERR unknown command 'AUTH', with args beginning with: 'hunter2hunter2'") ==
          "ERR unknown command 'AUTH', with args beginning with: 'hunter2hunter2'");
}

TEST_CASE("text: removes a secret in each form") {
    keep_secret(kSecret);
    // From Python: json.dumps(), urllib.parse.quote() and quote_plus(), base64 of the secret and of
    // "user:" or "me:" before it. From Redis 8.0.
    for (const char* form : {"Tr0ub4dor&3 \"x\\y\"/+", R"(Tr0ub4dor&3 \"x\\y\"/+)",
                             "Tr0ub4dor%263%20%22x%5Cy%22%2F%2B",
                             "Tr0ub4dor%263%20%22x%5cy%22%2f%2b", "Tr0ub4dor%263+%22x%5Cy%22%2F%2B",
                             "VHIwdWI0ZG9yJjMgInhceSIvKw==", "dXNlcjpUcjB1YjRkb3ImMyAieFx5Ii8r",
                             "bWU6VHIwdWI0ZG9yJjMgInhceSIvKw=="}) {
        const std::string said = shown("before '" + std::string(form) + "' after");
        CHECK_MESSAGE(said.starts_with("before '"), said);
        CHECK_MESSAGE(said.ends_with(" after"), said);
        CHECK_MESSAGE(said.contains("***"), said);
        CHECK_MESSAGE(!holds_piece(said, form), said);
    }
    CHECK(shown(kSecret) == "***");
    CHECK(shown(std::string(kSecret) + kSecret) == "***");
}

TEST_CASE("text: removes a piece of a secret") {
    keep_secret("correct-horse-battery-staple");
    CHECK(shown("args: 'correct-horse-ba") == "args: '***");
    CHECK(shown("…battery-staple') gone") == "…***') gone");
    // Redis cuts to 128 bytes and closes the quote.
    CHECK(shown("with args: 'correct' ") == "with args: '***' ");
    CHECK(shown("with args: 'corr...") == "with args: '***...");
    CHECK(shown("correct is what it is") == "correct is what it is");
    CHECK(shown("the battery is empty") == "the battery is empty");
}

TEST_CASE("text: short secrets do not change prose") {
    keep_secret("word");
    keep_secret("a");
    keep_secret("");
    CHECK(shown("a password, a word, 'word' and word=word") ==
          "a password, a ***, '***' and ***=***");
    CHECK(shown("AUTH 'a' \"a\" aa 'b'") == "AUTH '***' \"***\" aa 'b'");
}

TEST_CASE("text: each long word of a credentials file is a secret") {
    keep_secret(
        "-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QiLCJhbGciOiJ\n------END NATS USER "
        "JWT------\n\n# NKEYs are "
        "sensitive\nSUAEXAMPLEEXAMPLEEXAMPLE\n");
    CHECK(shown("the USER JWT eyJ0eXAiOiJKV1Qi and SUAEXAMPLEEXAMPLEEXAMPLE") ==
          "the USER JWT *** and ***");
    CHECK(shown("-----BEGIN NATS USER JWT-----") == "-----BEGIN NATS USER JWT-----");
}

TEST_CASE("text: secrets in a command line") {
    keep_all({"redis-server", "--requirepass", "first-secret", "--port", "6379",
              "--masterauth=second-secret", "--user", "u", "on", ">third-secret", "--save", "",
              "--pass"});
    keep_all({"sh", "-c",
              "exec nats-server --pass 'fourth-secret' --routes "
              "nats://u:fifth-secret@host:1,nats://sixth-secret@b"});
    for (const char* secret : {"first-secret", "second-secret", "third-secret", "fourth-secret",
                               "fifth-secret", "sixth-secret"}) {
        CHECK_MESSAGE(shown(secret) == "***", secret);
    }
    CHECK(shown("redis-server --port 6379 --user u on nats-server host") ==
          "redis-server --port 6379 --user u on nats-server host");
}

TEST_CASE("text: secrets in an environment") {
    const std::array<const char*, 9> entries{
        "HOME=/root-directory",
        "PWD=/srv/some/where",
        "REDIS_PASSWORD_FILE=/run/secrets/redis",
        "ALLOW_EMPTY_PASSWORD=true",
        "MY_API_TOKEN=first-secret",
        "REDISCLI_AUTH=second-secret",
        "ARC_REDIS_URL=redis:6379,password=third-secret,ssl=False",
        "X=amqp://u:fourth-secret@h/v",
        nullptr};
    keep_secrets_of_environment(entries.data());
    CHECK(shown("first-secret second-secret third-secret fourth-secret") == "*** *** *** ***");
    CHECK(shown("/root-directory /srv/some/where /run/secrets/redis true ssl=False") ==
          "/root-directory /srv/some/where /run/secrets/redis true ssl=False");
}

TEST_CASE("text: escapes control characters and characters that reorder or hide text") {
    CHECK(shown("a\nb\tc\r\x1b[2J\x7f") == R"(a\nb\tc\r\x1b[2J\x7f)");
    CHECK(shown(std::string_view("\0", 1)) == R"(\x00)");
    CHECK(shown("\xC2\x85 \xC2\x9B") == R"(\u0085 \u009b)");  // C1: next line, an escape of its own
    CHECK(shown("\xE2\x80\xAE \xE2\x81\xA6 \xD8\x9C") ==
          R"(\u202e \u2066 \u061c)");  // right to left
    CHECK(shown("\xE2\x80\x8B\xE2\x80\xA8\xEF\xBB\xBF\xC2\xAD") == R"(\u200b\u2028\ufeff\u00ad)");
    CHECK(shown("\xF3\xA0\x81\x81") == R"(\U000e0041)");  // a tag character
    CHECK(shown("\xFF \xC0\xAF \xE2\x82") == R"(\xff \xc0\xaf \xe2\x82)");
    CHECK(shown("gr\xC3\xBC\xC3\x9F\xF0\x9F\x99\x82 \\n") ==
          "gr\xC3\xBC\xC3\x9F\xF0\x9F\x99\x82 \\n");
}

TEST_CASE("text: removes secrets before escaping and cutting") {
    keep_secret("two\nlines");
    CHECK(shown("said two\nlines") == "said ***");
    CHECK(shown(shown("said two\nlines")) == "said ***");
    CHECK(clipped(shown(std::string(20, 'x') + "two\nlines"), 24) == std::string(20, 'x') + "***");
}

TEST_CASE("text: every output removes known secrets") {
    const Secret secret{"correct-horse-battery-staple"};  // registers the secret
    const std::string said = "the server said 'correct-horse-battery-staple'\x1b[2J";
    const std::string wanted = R"(the server said '***'\x1b[2J)";
    Finding finding{.code = testing::code("redis.ping.failed"), .level = Level::unhealthy};
    finding.text = finding.measured = finding.wanted = finding.advice = said;
    const Verdict verdict{
        .service = "redis", .server = said, .verified = said, .findings = {finding}};
    for (const std::string& text :
         {headline(verdict), text_report({&verdict, 1}), json_report({&verdict, 1}),
          format_line(LogFormat::json, LogLevel::error, said, {}, "init"),
          format_line(LogFormat::text, LogLevel::error, said, {}, "init"), metrics::escaped(said),
          preflight::to_lines({.refusals = {said}, .warnings = {said}, .locks = {}}),
          plan_text({.service = "nats",
                     .actions = {{ActionKind::refuse, said, said}},
                     .error = Error{ErrorKind::auth, said}},
                    false)}) {
        CHECK_MESSAGE(text.contains("***"), text);
        CHECK_MESSAGE(!holds_piece(text, secret.reveal()), text);
        CHECK_MESSAGE(!text.contains('\x1b'), text);
    }
    CHECK(preflight::to_lines({.refusals = {said}, .warnings = {}, .locks = {}}) ==
          "refused: " + wanted + "\n");
}
