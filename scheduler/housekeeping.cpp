#include "scheduler/housekeeping.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace dormouse::scheduler {

namespace {
// What one statement may take; a share that takes longer is halved.
constexpr auto statement_patience = std::chrono::seconds{5};
constexpr std::size_t least_share = 10;

bool is_optional(site::old_rows what) noexcept { return what == site::old_rows::grant_audit; }
}  // namespace

std::optional<base::time_ms> old_before(site::old_rows what, const config::housekeeping_settings& keep,
                                        base::time_ms now) noexcept {
    const auto after = [now](base::ms kept) { return kept > base::ms{0} ? std::optional{now - kept} : std::nullopt; };
    switch (what) {
        case site::old_rows::deliveries_done: return after(keep.deliveries_done);
        case site::old_rows::deliveries_failed: return after(keep.deliveries_failed);
        case site::old_rows::sleepers: return now;
        case site::old_rows::scans: return after(keep.scans);
        case site::old_rows::grant_audit: return after(keep.grant_audit);
    }
    return std::nullopt;
}

struct housekeeping::progress {
    std::uint64_t removed = 0;
    bool unfinished = false;
};

base::awaitable<base::result<void>> housekeeping::remove_all(site::old_rows what, base::time_ms before,
                                                             base::deadline limit, progress& done) {
    base::asio::steady_timer pause{co_await base::asio::this_coro::executor};
    auto share = static_cast<std::size_t>(keep_.batch);
    while (!limit.is_reached()) {
        const auto began = base::deadline::clock_type::now();
        const auto gone = co_await rows_.remove(what, before, share, limit.at_most(statement_patience));
        if (gone) {
            if (*gone == 0) co_return base::result<void>{};
            done.removed += *gone;
            removed_.at(static_cast<std::size_t>(what)) += *gone;
        } else if (gone.error() == base::errc::timed_out && !limit.is_reached() && share > least_share) {
            share = std::max(share / 2, least_share);
        } else if (gone.error() == base::errc::not_found && is_optional(what)) {
            co_return base::result<void>{};
        } else if (!limit.is_reached()) {
            co_return gone.error();
        }
        // At most half of the time is the database's.
        const auto took = base::deadline::clock_type::now() - began;
        pause.expires_after(std::max<base::deadline::clock_type::duration>(keep_.pause, took));
        if (const auto [cancelled] = co_await pause.async_wait(base::as_result); cancelled)
            co_return base::error{base::errc::cancelled, "stopped between two statements"};
    }
    done.unfinished = true;
    co_return base::result<void>{};
}

base::awaitable<base::result<std::string>> housekeeping::run(const duty_run& r) {
    const auto limit = own_end(r);
    const auto now = r.clock.now();
    std::string counts;
    std::optional<base::error> first_failure;
    bool unfinished = false;
    for (const auto what : site::all_old_rows) {
        const auto before = old_before(what, keep_, now);
        if (!before) continue;
        progress done;
        const auto all = co_await remove_all(what, *before, limit, done);
        if (!all && all.error() == base::errc::cancelled) co_return all.error();
        const auto name = std::string{site::to_string(what)};
        counts += (counts.empty() ? "" : " ") + name + "=" + std::to_string(done.removed);
        unfinished = unfinished || done.unfinished;
        if (!all && !first_failure) first_failure = base::error{all.error().code, name + ": " + all.error().detail};
    }
    if (!first_failure) co_return counts + (unfinished ? " unfinished" : "");
    if (*first_failure == base::errc::not_found) first_failure->detail += "; run `dormouse migrate`";
    first_failure->detail = counts + ": " + first_failure->detail;
    co_return *first_failure;
}

}  // namespace dormouse::scheduler
