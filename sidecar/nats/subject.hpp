// Subjects and stream names, as the server reads them (docs.nats.io, "Subject-Based Messaging"):
// tokens separated by dots, `*` stands for one token, `>` at the end for one or more. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace arc::nats {

// No empty token, no white space, `>` only as the last token.
[[nodiscard]] bool valid_subject(std::string_view subject) noexcept;

// Not empty, at most 255 bytes, none of ". * > / \" and no white space or control character: the
// name becomes a folder's name.
[[nodiscard]] bool valid_stream_name(std::string_view name) noexcept;

// Whether a message's subject exists that both match. Both must be valid.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b) noexcept;

// Whether `subjects` match every message's subject that `wanted` matches. All must be valid.
[[nodiscard]] bool covers(const std::vector<std::string>& subjects, std::string_view wanted);

// Whether a transform of `source` into `destination` changes no subject: the destination is empty,
// or each of its tokens is that of the source ("a.*" as "a.{{wildcard(1)}}" or "a.$1").
[[nodiscard]] bool keeps_subjects(std::string_view source, std::string_view destination);

// Finds overlaps among many subjects, each with the number of its owner: a tree of tokens, so the
// cost depends on the tokens of a subject, not on the number of subjects.
class SubjectIndex {
public:
    struct Entry {
        std::string subject;
        std::size_t owner = 0;
    };

    // `subject` must be valid. Of two equal ones the first is kept.
    void add(std::string_view subject, std::size_t owner);

    // One that overlaps `subject`, which must be valid. The pointer holds until the next add();
    // nullptr: none.
    [[nodiscard]] const Entry* find(std::string_view subject) const;

private:
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> next;
        std::optional<Entry> entry;  // a subject that ends here
    };
    [[nodiscard]] static const Entry* first_below(const Node& node);
    [[nodiscard]] static const Entry* match(const Node& node, std::string_view rest);

    Node root_;
    // longer than a server takes by default: compared one by one, or the tree would be as deep
    std::vector<Entry> long_;
};

// What the server quotes when it does not permit a user to publish: the X of 'Permissions Violation
// for Publish to "X"'. Empty for another text.
[[nodiscard]] std::string_view denied_subject(std::string_view refusal) noexcept;

// Why no stream may store this subject at all; empty when it may: it is not valid, is everything,
// or belongs to the server.
[[nodiscard]] std::string refusal_of_subject(std::string_view subject);

}  // namespace arc::nats
