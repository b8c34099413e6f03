#include "queue/redis/command.hpp"

#include <stdexcept>

namespace dormouse::queue::redis {

command_buffer& command_buffer::add(std::initializer_list<std::string_view> words) {
    begin(words.size());
    for (const auto word : words) arg(word);
    return *this;
}

command_buffer& command_buffer::begin(std::size_t words) {
    if (missing_ != 0) throw std::logic_error{"redis command begun while the one before lacks words"};
    if (words == 0) throw std::logic_error{"redis command without words"};
    header('*', words);
    missing_ = words;
    ++count_;
    return *this;
}

command_buffer& command_buffer::arg(std::string_view word) {
    if (missing_ == 0) throw std::logic_error{"redis command has more words than it was begun with"};
    --missing_;
    header('$', word.size());
    bytes_.append(word);
    bytes_.append("\r\n", 2);
    return *this;
}

command_buffer& command_buffer::append(const command_buffer& more) {
    if (missing_ != 0 || more.missing_ != 0) throw std::logic_error{"redis command appended before it was complete"};
    bytes_.append(more.bytes_);
    count_ += more.count_;
    return *this;
}

command_buffer command_buffer::with_first_words(std::initializer_list<std::string_view> words) const {
    if (count_ != 1 || missing_ != 0) throw std::logic_error{"redis command to be changed is not one command"};
    std::string_view rest = bytes_;
    const auto number_and_skip = [&rest] {
        std::size_t value = 0;
        std::from_chars(rest.data() + 1, rest.data() + rest.size(), value);
        rest.remove_prefix(rest.find('\n') + 1);
        return value;
    };
    const auto all = number_and_skip();
    if (all < words.size()) throw std::logic_error{"redis command has fewer words than are to be replaced"};
    command_buffer changed;
    changed.begin(all);
    for (const auto word : words) {
        changed.arg(word);
        rest.remove_prefix(number_and_skip() + 2);
    }
    changed.bytes_.append(rest);
    changed.missing_ = 0;
    return changed;
}

void command_buffer::clear() noexcept {
    bytes_.clear();
    count_ = 0;
    missing_ = 0;
}

void command_buffer::header(char mark, std::size_t value) {
    char text[24];
    text[0] = mark;
    auto* end = std::to_chars(text + 1, text + sizeof text - 2, value).ptr;
    *end++ = '\r';
    *end++ = '\n';
    bytes_.append(text, static_cast<std::size_t>(end - text));
}

}  // namespace dormouse::queue::redis
