#include "queue/schedule_bell.hpp"

namespace dormouse::queue {

namespace {

constexpr base::ms answer_margin{2'000};

redis::connection_options named(redis::connection_options o) {
    o.name += "-bell";
    return o;
}

}  // namespace

schedule_bell::schedule_bell(base::asio::any_io_executor on, redis::connection_options options, const keys& names)
    : connection_{std::move(on), named(std::move(options))}, key_{names.schedule_bell()} {}

base::awaitable<base::result<bool>> schedule_bell::rung(base::ms wait) {
    const auto seconds = std::to_string(static_cast<double>(wait.count()) / 1000.0);
    const auto answer = redis::accept(
        co_await connection_.exec({"BZPOPMIN", key_, seconds}, base::deadline::after(wait + answer_margin)));
    if (!answer) co_return answer.error();
    co_return !answer->is_nil();
}

}  // namespace dormouse::queue
