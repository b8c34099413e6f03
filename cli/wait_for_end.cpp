#include "cli/wait_for_end.hpp"

#include "base/redact.hpp"
#include "cli/json_views.hpp"
#include "cli/table.hpp"
#include "cli/values.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <ostream>

namespace dormouse::cli {

namespace {

using namespace std::chrono_literals;
using queue::job_state;

constexpr base::ms first_pause = 5ms;
constexpr base::ms longest_pause = 250ms;

bool has_ended(const queue::job_view& v) { return v.state == job_state::done || v.state == job_state::dead; }

exit_code tell_end(const context& ctx, const queue::job_view& v, bool json) {
    if (json) {
        print_json(ctx, to_json(v));
    } else if (v.state == job_state::dead) {
        ctx.out << "dead: " << printable(v.history.dead_reason);
        if (const auto last = base::redact(v.history.last_error); last != v.history.dead_reason)
            ctx.out << " (" << printable(last) << ")";
        ctx.out << '\n';
    } else {
        ctx.out << "done" << (v.result.empty() ? "" : ": ") << printable(v.result) << '\n';
    }
    return v.state == job_state::done ? exit_code::ok : exit_code::failed;
}

}  // namespace

base::awaitable<exit_code> wait_for_end(queue::operations& queue, const context& ctx, std::string id, base::ms limit,
                                        bool json) {
    const auto end = base::deadline::after(limit);
    base::asio::steady_timer pause{co_await base::asio::this_coro::executor};
    std::string last_state = "waiting in the intake";
    for (auto wait = first_pause;; wait = std::min(2 * wait, longest_pause)) {
        const auto job = co_await queue.show(id);
        if (!job && job.error() != base::errc::not_found) co_return report(ctx, job.error());
        if (job && has_ended(*job)) co_return tell_end(ctx, *job, json);
        if (!job && last_state != "waiting in the intake") {
            ctx.err << "dormouse: job " << id << " has ended, and nothing was kept of it (queue.done_keep)\n";
            co_return exit_code::ok;
        }
        if (job) last_state = to_string(job->state);
        if (end.is_reached()) break;
        pause.expires_after(std::min<std::chrono::nanoseconds>(wait, end.left()));
        co_await pause.async_wait(base::as_result);
    }
    ctx.err << "dormouse: job " << id << " is " << last_state << " after " << short_duration(limit)
            << "; it goes on by itself, see `dormouse jobs show " << id << "`\n";
    co_return exit_code::failed;
}

}  // namespace dormouse::cli
