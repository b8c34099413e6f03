#pragma once
// What Redis answered: a tree of RESP2 values in two blocks of memory (nodes in pre-order, and all text), so that a
// reply of a thousand bulks costs a handful of allocations instead of two thousand.

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

namespace dormouse::queue::redis {

enum class reply_type : std::uint8_t { nil, status, error, integer, bulk, array };

[[nodiscard]] std::string_view to_string(reply_type t) noexcept;

namespace detail {
struct node {
    reply_type type = reply_type::nil;
    std::uint32_t size = 0;  ///< Bytes of a text, elements of an array.
    std::int64_t value = 0;  ///< An integer; where a text begins; nodes of an array with all that is in it.

    /// The node after this one and everything in it.
    [[nodiscard]] const node* next() const noexcept { return this + (type == reply_type::array ? value : 1); }
};
}  // namespace detail

/// One value of a reply. Two words, copied freely; valid as long as the `reply` lives, wherever that is moved to.
/// Asking for what the value is not gives the empty answer, so that a malformed reply needs no special case.
class reply_view {
public:
    reply_view() noexcept;  ///< nil

    [[nodiscard]] reply_type type() const noexcept { return at_->type; }
    [[nodiscard]] bool is_nil() const noexcept { return type() == reply_type::nil; }
    [[nodiscard]] bool is_error() const noexcept { return type() == reply_type::error; }
    [[nodiscard]] bool is_array() const noexcept { return type() == reply_type::array; }
    [[nodiscard]] bool is_integer() const noexcept { return type() == reply_type::integer; }
    [[nodiscard]] bool is_bulk() const noexcept { return type() == reply_type::bulk; }

    /// Of a status, an error or a bulk; otherwise empty.
    [[nodiscard]] std::string_view text() const noexcept {
        return has_text() ? std::string_view{text_ + at_->value, at_->size} : std::string_view{};
    }
    /// Of an integer; otherwise 0.
    [[nodiscard]] std::int64_t integer() const noexcept { return is_integer() ? at_->value : 0; }
    /// Of an integer, or of a text that is a whole decimal number; otherwise nothing.
    [[nodiscard]] std::optional<std::int64_t> number() const noexcept;
    /// An error's first word ("NOSCRIPT"); otherwise empty.
    [[nodiscard]] std::string_view error_code() const noexcept;

    /// Elements of an array; otherwise 0.
    [[nodiscard]] std::size_t size() const noexcept { return is_array() ? at_->size : 0; }
    /// Element i; nil past the end. O(1) in an array without arrays in it, O(i) otherwise: iterate over nested ones.
    [[nodiscard]] reply_view operator[](std::size_t i) const noexcept;

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = reply_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = reply_view;

        iterator() = default;
        iterator(const detail::node* at, const char* text) noexcept : at_{at}, text_{text} {}
        [[nodiscard]] reply_view operator*() const noexcept { return {at_, text_}; }
        iterator& operator++() noexcept {
            at_ = at_->next();
            return *this;
        }
        iterator operator++(int) noexcept {
            auto before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }

    private:
        const detail::node* at_ = nullptr;
        const char* text_ = nullptr;
    };
    [[nodiscard]] iterator begin() const noexcept { return {at_ + 1, text_}; }
    [[nodiscard]] iterator end() const noexcept { return {at_->next(), text_}; }

private:
    friend class reply;
    reply_view(const detail::node* at, const char* text) noexcept : at_{at}, text_{text} {}
    [[nodiscard]] bool has_text() const noexcept {
        return type() == reply_type::bulk || type() == reply_type::status || is_error();
    }

    const detail::node* at_;
    const char* text_ = nullptr;
};

/// A whole reply; owns its memory. Read it through `root()` or the shorthands, which are the root's.
class reply {
public:
    reply() = default;  ///< nil
    reply(std::vector<detail::node> nodes, std::vector<char> text) noexcept
        : nodes_{std::move(nodes)}, text_{std::move(text)} {}

    [[nodiscard]] reply_view root() const noexcept {
        return nodes_.empty() ? reply_view{} : reply_view{nodes_.data(), text_.data()};
    }
    operator reply_view() const noexcept { return root(); }

    [[nodiscard]] reply_type type() const noexcept { return root().type(); }
    [[nodiscard]] bool is_nil() const noexcept { return root().is_nil(); }
    [[nodiscard]] bool is_error() const noexcept { return root().is_error(); }
    [[nodiscard]] bool is_array() const noexcept { return root().is_array(); }
    [[nodiscard]] bool is_integer() const noexcept { return root().is_integer(); }
    [[nodiscard]] bool is_bulk() const noexcept { return root().is_bulk(); }
    [[nodiscard]] std::string_view text() const noexcept { return root().text(); }
    [[nodiscard]] std::int64_t integer() const noexcept { return root().integer(); }
    [[nodiscard]] std::optional<std::int64_t> number() const noexcept { return root().number(); }
    [[nodiscard]] std::string_view error_code() const noexcept { return root().error_code(); }
    [[nodiscard]] std::size_t size() const noexcept { return root().size(); }
    [[nodiscard]] reply_view operator[](std::size_t i) const noexcept { return root()[i]; }
    [[nodiscard]] reply_view::iterator begin() const noexcept { return root().begin(); }
    [[nodiscard]] reply_view::iterator end() const noexcept { return root().end(); }

private:
    std::vector<detail::node> nodes_;
    std::vector<char> text_;  ///< Not a std::string: its bytes must stay where they are when the reply is moved.
};

/// True for errors after which this connection is of no use, though the command itself had no effect: a replica
/// (READONLY, MASTERDOWN, UNBLOCKED, MOVED), a server that is still reading its data (LOADING), credentials that do
/// not hold (NOAUTH, WRONGPASS).
[[nodiscard]] bool is_connection_fatal(reply_view r) noexcept;

/// An error reply as the house's error: `unavailable` where the same command may succeed later without anybody
/// changing anything (LOADING, READONLY, BUSY, CLUSTERDOWN, …), `denied` for credentials and permissions,
/// `server_error` otherwise. The detail is Redis' text.
[[nodiscard]] base::error to_error(reply_view r);

/// The reply, or its error if it is one.
[[nodiscard]] base::result<reply> accept(base::result<reply> r);

}  // namespace dormouse::queue::redis
