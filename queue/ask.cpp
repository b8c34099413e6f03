#include "queue/ask.hpp"

#include <utility>

namespace dormouse::queue {

base::awaitable<base::result<answers>> ask(redis::connection& c, redis::command_buffer commands, base::deadline limit) {
    if (commands.empty()) co_return answers{};
    auto replies = co_await c.exec_all(std::move(commands), limit);
    if (!replies) co_return base::fail(std::move(replies));
    for (const auto& r : *replies)
        if (r.is_error()) co_return redis::to_error(r);
    co_return std::move(*replies);
}

}  // namespace dormouse::queue
