#pragma once
// RESP2 commands as bytes (https://redis.io/docs/reference/protocol-spec, "Sending commands"): one contiguous string
// that goes to the socket as it is. Pure; knows no connection.

#include <charconv>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace dormouse::queue::redis {

/// Anything that is a number, and not a character or a truth value.
template <class T>
concept number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

/// One or more commands, back to back. Words may hold any bytes. A value: movable, reusable after `clear()`, which
/// keeps the memory. Nothing is allocated per word.
class command_buffer {
public:
    command_buffer() = default;
    /// Room for `bytes` from the start: a batch of known size then costs one allocation.
    explicit command_buffer(std::size_t bytes) { bytes_.reserve(bytes); }
    /// One command.
    command_buffer(std::initializer_list<std::string_view> words) { add(words); }

    /// Appends one whole command; its name is the first word.
    command_buffer& add(std::initializer_list<std::string_view> words);

    /// Starts a command of exactly `words` words, its name included; that many calls of `arg` must follow. Throws
    /// std::logic_error if the command before it is not complete: one word off, and every later reply would be
    /// taken for another command's.
    command_buffer& begin(std::size_t words);

    /// One word of the command begun. Throws std::logic_error if it has all its words already.
    command_buffer& arg(std::string_view word);

    /// One word: the number in decimal.
    template <number N>
    command_buffer& arg(N value) {
        char text[24];
        const auto end = std::to_chars(text, text + sizeof text, value).ptr;
        return arg(std::string_view{text, static_cast<std::size_t>(end - text)});
    }

    /// Appends the commands of another buffer, which must be complete, like this one.
    command_buffer& append(const command_buffer& more);

    /// A copy of this single complete command in which `words` stand for its first words, as many as are given.
    [[nodiscard]] command_buffer with_first_words(std::initializer_list<std::string_view> words) const;

    /// Commands begun so far, which is the number of replies to expect.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// False while a command begun still lacks words.
    [[nodiscard]] bool complete() const noexcept { return missing_ == 0; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    void clear() noexcept;

private:
    void header(char mark, std::size_t value);

    std::string bytes_;
    std::size_t count_ = 0;
    std::size_t missing_ = 0;
};

}  // namespace dormouse::queue::redis
