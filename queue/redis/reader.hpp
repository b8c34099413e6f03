#pragma once
// Bytes in, replies out: hiredis' incremental RESP parser, writing straight into the two blocks of a `reply`.

#include "base/error.hpp"
#include "queue/redis/reply.hpp"

#include <memory>
#include <optional>
#include <string_view>

struct redisReader;

namespace dormouse::queue::redis {

/// A reply that takes more memory than this ends its connection.
inline constexpr std::size_t default_max_reply_bytes = 64UL * 1024 * 1024;

/// Not copyable nor movable: hiredis holds a pointer into it. Pure: no I/O.
class reply_reader {
public:
    /// `max_reply_bytes` counts a reply's memory, as built so far and as still unread; at most 2 GiB.
    explicit reply_reader(std::size_t max_reply_bytes = default_max_reply_bytes);
    ~reply_reader();
    reply_reader(const reply_reader&) = delete;
    reply_reader& operator=(const reply_reader&) = delete;

    /// Takes bytes as they come, cut anywhere. Give it at most `best_feed` at once: hiredis moves what is left of its
    /// buffer to the front after each kilobyte of small replies.
    void feed(std::string_view bytes);
    static constexpr std::size_t best_feed = 16UL * 1024;

    /// The next whole reply, or nothing until more is fed. Errors: protocol, too_large; after one of them every call
    /// gives the same error, because there is no way to find the start of the next reply.
    [[nodiscard]] base::result<std::optional<reply>> next();

private:
    struct builder;
    struct free_reader {
        void operator()(redisReader* r) const noexcept;
    };

    std::unique_ptr<builder> builder_;
    std::unique_ptr<redisReader, free_reader> reader_;
    std::size_t max_reply_bytes_;
    std::optional<base::error> broken_;
};

}  // namespace dormouse::queue::redis
