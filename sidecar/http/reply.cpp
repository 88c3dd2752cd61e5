#include "http/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/ascii.hpp"

namespace arc::http {
namespace {

const char* standard_phrase(int status) {
    constexpr std::array<std::pair<int, const char*>, 16> kPhrases{
        {{200, "OK"},
         {204, "No Content"},
         {304, "Not Modified"},
         {400, "Bad Request"},
         {404, "Not Found"},
         {405, "Method Not Allowed"},
         {411, "Length Required"},
         {413, "Content Too Large"},
         {414, "URI Too Long"},
         {431, "Request Header Fields Too Large"},
         {500, "Internal Server Error"},
         {501, "Not Implemented"},
         {502, "Bad Gateway"},
         {503, "Service Unavailable"},
         {504, "Gateway Timeout"},
         {505, "HTTP Version Not Supported"}}};
    const auto* found = std::ranges::find(kPhrases, status, &std::pair<int, const char*>::first);
    return found == kPhrases.end() ? "" : found->second;
}

bool has(const HttpHeaders& headers, std::string_view name) {
    return std::ranges::any_of(
        headers, [name](const auto& header) { return same_letters(header.first, name); });
}

std::string date_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

}  // namespace

Reply text_reply(int status, std::string text) {
    Reply reply;
    reply.status = status;
    reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    reply.body = std::make_shared<const std::string>(std::move(text));
    return reply;
}

std::string format_head(const Reply& reply, bool keep) {
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                    reply.phrase.empty() ? standard_phrase(reply.status) : reply.phrase);
    for (const auto& [name, value] : reply.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
    if (!bodiless && !has(reply.headers, "Content-Length")) {
        head += fmt::format("Content-Length: {}\r\n", reply.body ? reply.body->size() : 0);
    }
    if (!has(reply.headers, "Date")) {
        head += fmt::format("Date: {}\r\n", date_now());
    }
    return head + (keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

}  // namespace arc::http
