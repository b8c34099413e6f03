#include "scheduler/reminders/duty.hpp"

#include "scheduler/reminders/letter_job.hpp"

namespace dormouse::scheduler {

namespace {
constexpr std::uint64_t longest_intake = 100;
}

base::awaitable<base::result<std::string>> reminders_duty::run(const duty_run& r) {
    const auto now = r.clock.now();
    const letter_planning::hand_over to = [this, now, limit = r.limit](std::vector<site::reminder> letters,
                                                                       std::span<const site::opening> openings) {
        return enqueue(std::move(letters), openings, now, limit);
    };
    // While nobody admits, jobs that seem lost wait in the intake: again and again would fill Redis with copies.
    const auto depth = co_await queue_.depth(r.limit);
    const bool admitted = depth && depth->intake < longest_intake;
    const auto done = co_await planning_.run(now, to, admitted, r.limit);
    if (!done) co_return done.error();
    co_return to_line(*done);
}

base::awaitable<base::result<void>> reminders_duty::enqueue(std::vector<site::reminder> letters,
                                                            std::span<const site::opening> openings, base::time_ms now,
                                                            base::deadline limit) {
    for (const auto& letter : letters) {
        auto envelope = envelope_of(settings_, letter, now, openings);
        if (!envelope) co_return base::fail(std::move(envelope));
        if (auto done = co_await queue_.enqueue(std::move(*envelope), limit); !done) co_return done;
    }
    co_return base::result<void>{};
}

}  // namespace dormouse::scheduler
