#pragma once
// A bounded set of children, one per value of a metrics label, found fast enough for every job.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace dormouse::worker {

/// How many values of one label are told apart; a scrape must stay small whatever strangers enqueue.
inline constexpr std::size_t most_label_values = 64;

/// The value that stands for all others.
inline constexpr std::string_view other_label = "other";

/// Fit to be shown as a label: 1 to 64 characters of `[A-Za-z0-9_.:-]`.
[[nodiscard]] constexpr bool is_plain_label(std::string_view value) noexcept {
    return !value.empty() && value.size() <= 64 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == ':' || c == '-';
    });
}

/// Makes a child at the first sight of its value. Values beyond the bound, and odd ones, share the child `other`.
/// References stay valid as long as the object lives. Not thread-safe.
template <class Child>
class by_label {
public:
    using make = std::function<Child(const std::string& value)>;

    explicit by_label(make m) : make_{std::move(m)} {}

    [[nodiscard]] Child& operator[](std::string_view value) {
        const auto found = children_.find(value);
        if (found != children_.end()) return found->second;
        if (children_.size() < most_label_values && is_plain_label(value)) return add(value);
        const auto other = children_.find(other_label);
        return other != children_.end() ? other->second : add(other_label);
    }

    /// `begin` and `end` of pairs of value and child, in the order of the values.
    [[nodiscard]] auto begin() const noexcept { return children_.begin(); }
    [[nodiscard]] auto end() const noexcept { return children_.end(); }

private:
    Child& add(std::string_view value) {
        std::string name{value};
        auto child = make_(name);
        return children_.emplace(std::move(name), std::move(child)).first->second;
    }

    make make_;
    std::map<std::string, Child, std::less<>> children_;
};

}  // namespace dormouse::worker
