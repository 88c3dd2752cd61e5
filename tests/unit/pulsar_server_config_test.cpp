#include "pulsar/server_config.hpp"

#include <doctest/doctest.h>

#include "pulsar/shell_settings.hpp"

using namespace arc::pulsar;
using Words = std::vector<std::string>;

namespace {

constexpr std::string_view kStock = R"x(# PULSAR_MEM="x"
PULSAR_MEM=${PULSAR_MEM:-"-Xms2g -Xmx2g -XX:MaxDirectMemorySize=4g"}
for token in $("$JAVA_BIN" -version 2>&1); do
    JAVA_MAJOR_VERSION=${BASH_REMATCH[1]}
done
if [ -z "$PULSAR_GC" ]; then
  PULSAR_GC="-XX:+PerfDisableSharedMem"
  if [[ $JAVA_MAJOR_VERSION -ge 21 ]]; then
    PULSAR_GC="-XX:+UseZGC ${PULSAR_GC}"
  fi
fi
PULSAR_GC_LOG_DIR=${PULSAR_GC_LOG_DIR:-"${PULSAR_LOG_DIR}"}
PULSAR_EXTRA_OPTS="${PULSAR_EXTRA_OPTS:-" -Da=true -Db=4096"}"
)x";

std::optional<std::string> shell(std::string_view script, const std::string& name,
                                 const std::string& outside = {}) {
    const ShellVariables variables =
        read_shell_settings(script, [&](const std::string& asked) -> std::optional<std::string> {
            return asked == "OUT" || (asked == name && !outside.empty())
                       ? std::optional{asked == "OUT" ? "o p" : outside}
                       : std::nullopt;
        });
    const auto found = variables.find(name);
    return found == variables.end() ? "not assigned" : found->second;
}

}  // namespace

TEST_CASE("pulsar's configuration: properties") {
    const auto properties = parse_properties(
        "# a=1\n  a = 2 \r\nb=x=y\n\nrubbish\n! c=1\nd:e\nf g h\n i\\=j = k\\\n   l\n"
        "m=\\u0041\\t\\n.\nn=\n\\#o=1\n");
    CHECK(properties.at("a") == "2");
    CHECK(properties.at("b") == "x=y");
    CHECK(properties.at("rubbish").empty());
    CHECK(properties.at("d") == "e");
    CHECK(properties.at("f") == "g h");
    CHECK(properties.at("i=j") == "kl");
    CHECK(properties.at("m") == "A\t\n.");
    CHECK(properties.at("n").empty());
    CHECK(properties.at("#o") == "1");
    CHECK(properties.size() == 9);
    CHECK(parse_properties("a=b\\").at("a") == "b");
    CHECK(parse_properties("a=b\\\\\nc=d").at("a") == "b\\");
    CHECK(parse_properties("").empty());
}

TEST_CASE("pulsar's configuration: the internal listener") {
    const std::string listeners =
        "internal : pulsar://arc-streaming:6650, "
        "external:pulsar+ssl://outside:6651,internal:http://web:8080";
    CHECK(internal_hosts(listeners, "") == Words{"arc-streaming", "web"});
    CHECK(internal_hosts(listeners, "external") == Words{"outside"});
    CHECK(internal_hosts(listeners, "absent").empty());
    CHECK(internal_hosts("", "").empty());
    CHECK(internal_hosts("nonsense", "").empty());
    CHECK(bookie_of("5\nbookieHost: \"arc-streaming:34863\"\njournalDir: \"x\"\n") ==
          "arc-streaming:34863");
    CHECK(bookie_of("5\n").empty());
}

TEST_CASE("pulsar's configuration: flags of the JVM") {
    const JvmOptions options = read_jvm_options("-Xms64m -Xmx512m\n-XX:MaxDirectMemorySize=1G");
    CHECK(options.heap == 512LL << 20);
    CHECK(options.direct == 1LL << 30);
    CHECK(options.temporary == "/tmp");
    CHECK(options.rejected.empty());
    CHECK(read_jvm_options("-Xmx1000 -XX:MaxHeapSize=5").heap == 5);
    CHECK(read_jvm_options("-Xmx1g -Djava.io.tmpdir=/var/tmp").temporary == "/var/tmp");
    CHECK(read_jvm_options("").direct == 0);
    CHECK(read_jvm_options("-Xms2g -Xmx1g").rejected.starts_with("an initial heap"));
    CHECK(read_jvm_options("-Xms2g").rejected.empty());
    for (const char* flag : {"-Xmx5q", "-Xmx", "-Xmx1.5g", "-Xmx1gb", "-XX:MaxHeapSize=99999999t",
                             "\"-Xms1g", "-Xmx1g\""}) {
        CAPTURE(flag);
        CHECK(read_jvm_options(flag).rejected == flag);
        CHECK(read_jvm_options(flag).heap == 0);
    }
}

TEST_CASE("pulsar's configuration: the start script's settings") {
    CHECK(shell(kStock, "PULSAR_MEM") == "-Xms2g -Xmx2g -XX:MaxDirectMemorySize=4g");
    CHECK(shell(kStock, "PULSAR_MEM", "-Xmx1g") == "-Xmx1g");
    CHECK(shell(kStock, "PULSAR_EXTRA_OPTS") == " -Da=true -Db=4096");
    CHECK(shell(kStock, "PULSAR_EXTRA_OPTS", "-Dc") == "-Dc");
    CHECK_FALSE(shell(kStock, "PULSAR_GC"));
    CHECK(shell(kStock, "PULSAR_GC", "-XX:+UseSerialGC") == "not assigned");
    CHECK_FALSE(shell(kStock, "JAVA_MAJOR_VERSION"));
    CHECK(shell("if [ -z \"$A\" ]; then\n  A=1\nfi\n", "A") == "1");
    CHECK(shell("if [ -z \"$A\" ]; then\n  A=1\nfi\n", "A", "2") == "not assigned");
    CHECK_FALSE(shell("A=$(x)\nif [ -z \"$A\" ]; then\n  A=1\nfi\n", "A"));
    CHECK(shell("A=1\nA=2\n", "A", "outside") == "2");
    CHECK(shell("  export A='x $OUT' # why\n", "A") == "x $OUT");
    CHECK(shell("A=\"x $OUT\"\nB=${A}y\n", "B") == "x o py");
    CHECK(shell("A=${A:-${B-${OUT}}}\n", "A") == "o p");
    CHECK(shell("A=\"a\\\"b\\c\"\n", "A") == "a\"b\\c");
    CHECK(shell("A=a\\ b\n", "A") == "a b");
    CHECK(shell("A=\n", "A") == "");
    CHECK(shell("A=b\"c\"'d'\n", "A") == "bcd");
    CHECK(shell("if true; then A=1; fi\nB=2\n", "B") == "2");
    for (const char* script : {"A=$(cat x)", "A=`cat x`", "A=\"$(cat x)\"", "A=1 command",
                               "A=1; B=2", "A=${B%x}", "A=\"x", "A='x", "A=${B", "A=$((1))",
                               "if x; then\nA=1\nfi", "B=$(x)\nA=\"$B\"", "A=(1)"}) {
        CAPTURE(script);
        CHECK_FALSE(shell(script, "A"));
    }
}
