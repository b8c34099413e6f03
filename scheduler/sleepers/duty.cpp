#include "scheduler/sleepers/duty.hpp"

namespace dormouse::scheduler {

base::awaitable<base::result<std::string>> sleepers_duty::run(const duty_run& r) {
    const auto today = std::chrono::floor<std::chrono::days>(r.clock.now());
    const auto done = co_await scan_.publish(today, r.owner, r.resumed, r.limit);
    if (!done) co_return done.error();
    co_return to_line(*done);
}

}  // namespace dormouse::scheduler
