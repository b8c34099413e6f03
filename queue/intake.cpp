#include "queue/intake.hpp"

#include "queue/redis/connection.hpp"
#include "queue/redis/reply.hpp"

#include <utility>

namespace dormouse::queue {

namespace {
constexpr std::size_t bytes_around_a_word = 16;

redis::command_buffer push_command(const std::string& intake, const std::vector<std::string>& envelopes) {
    std::size_t bytes = intake.size() + 2 * bytes_around_a_word;
    for (const auto& e : envelopes) bytes += e.size() + bytes_around_a_word;
    redis::command_buffer out{bytes};
    out.begin(2 + envelopes.size()).arg("LPUSH").arg(intake);
    for (const auto& e : envelopes) out.arg(e);
    return out;
}
}  // namespace

base::awaitable<base::result<void>> push_to_intake(redis::connection& c, keys names, std::vector<std::string> envelopes,
                                                   base::deadline limit) {
    if (envelopes.empty()) co_return base::result<void>{};
    auto command = push_command(names.in(), envelopes);
    envelopes.clear();
    const auto answer = co_await c.exec(std::move(command), limit);
    if (!answer) co_return answer.error();
    // The plugin's words for the same refusal: its Site Health looks for them in the outbox.
    if (answer->is_error())
        co_return base::error{redis::to_error(*answer).code, "LPUSH: " + std::string{answer->text()}};
    if (!answer->is_integer())
        co_return base::error{base::errc::protocol, "LPUSH: not the answer of a list, but a " +
                                                        std::string{redis::to_string(answer->type())}};
    co_return base::result<void>{};
}

}  // namespace dormouse::queue
