#include "queue/waiter.hpp"

namespace dormouse::queue {

namespace {

constexpr base::ms answer_margin{2'000};

redis::connection_options named(redis::connection_options o, const char* suffix) {
    o.name += suffix;
    return o;
}

std::string seconds(base::ms wait) { return std::to_string(static_cast<double>(wait.count()) / 1000.0); }

}  // namespace

waiter::waiter(const base::asio::any_io_executor& on, const redis::connection_options& options, const keys& names,
               const std::vector<std::string>& queues)
    : intake_{on, named(options, "-intake")}, wake_{on, named(options, "-wake")}, in_{names.in()} {
    for (const auto& queue : queues) wakes_.push_back(names.wake(queue));
}

base::awaitable<base::result<bool>> waiter::intake_filled(base::ms wait) {
    const auto answer = redis::accept(co_await intake_.exec({"BLMOVE", in_, in_, "LEFT", "LEFT", seconds(wait)},
                                                            base::deadline::after(wait + answer_margin)));
    if (!answer) co_return answer.error();
    co_return !answer->is_nil();
}

base::awaitable<base::result<bool>> waiter::rung(base::ms wait) {
    redis::command_buffer command;
    command.begin(wakes_.size() + 2).arg("BZPOPMIN");
    for (const auto& key : wakes_) command.arg(key);
    command.arg(seconds(wait));
    const auto answer =
        redis::accept(co_await wake_.exec(std::move(command), base::deadline::after(wait + answer_margin)));
    if (!answer) co_return answer.error();
    co_return !answer->is_nil();
}

base::awaitable<base::result<void>> waiter::wait_connected(base::deadline limit) {
    if (auto r = co_await intake_.wait_connected(limit); !r) co_return r;
    co_return co_await wake_.wait_connected(limit);
}

base::awaitable<> waiter::close(base::deadline limit) {
    co_await intake_.close(limit);
    co_await wake_.close(limit);
}

std::uint64_t waiter::reconnects() const noexcept {
    const auto again = [](const redis::connection& c) {
        const auto n = c.counters().connects;
        return n > 0 ? n - 1 : 0;
    };
    return again(intake_) + again(wake_);
}

}  // namespace dormouse::queue
