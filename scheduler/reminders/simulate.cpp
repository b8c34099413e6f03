#include "scheduler/reminders/simulate.hpp"

#include "scheduler/cron.hpp"
#include "scheduler/ticks.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace dormouse::scheduler {

namespace {

using site::letter_state;

constexpr std::size_t page = 500;

std::chrono::local_days local_day(const time_zone& zone, base::time_ms t) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(t);
    return std::chrono::floor<std::chrono::days>(zone.at(whole).local(whole));
}

/// The instant at which the day begins by the zone's clock, near enough: within the hours of a change of the clock.
base::time_ms midnight(const time_zone& zone, std::chrono::local_days day) {
    const std::chrono::sys_seconds guess{day.time_since_epoch()};
    return base::time_ms{guess - zone.at(guess).offset};
}

/// As of which day the scan before `opening` looked.
site::day scanned_as_of(const config::scheduler_settings& s, const time_zone& zone, base::time_ms opening) {
    const auto cron = cron_expression::parse(s.duties.sleepers_scan.cron);
    if (!cron || !s.duties.sleepers_scan.enabled) return day_of(opening);
    return day_of(previous_at_or_before(*cron, zone, opening));
}

site::reminder row_of(const site::planned_letter& l) {
    site::reminder r;
    r.what = l.what;
    r.state = l.state;
    r.reason = l.reason;
    r.created_at = r.updated_at = r.due_at = l.due_at;
    return r;
}

}  // namespace

base::awaitable<base::result<void>> simulation::run(std::chrono::local_days from, int days, reader read,
                                                    base::deadline limit) {
    if (days < 1 || days > most_days)
        co_return base::error{base::errc::invalid_argument, "days: expected 1 to " + std::to_string(most_days)};
    auto setting = co_await read_setting(pool_, settings_, limit);
    if (!setting) co_return base::fail(std::move(setting));
    setting_.emplace(std::move(*setting));
    for (int i = 0; i < days; ++i) {
        const auto day = from + std::chrono::days{i};
        today_.clear();
        const auto begin = midnight(setting_->zone, day);
        const auto end = midnight(setting_->zone, day + std::chrono::days{1});
        const auto opening = next_opening(setting_->window, setting_->zone, begin);
        if (opening < end) {
            const auto as_of = scanned_as_of(settings_, setting_->zone, opening);
            if (auto done = co_await find_sleepers(as_of, opening, limit); !done) co_return done;
            if (i == 0) send_waiting(opening);
            for (auto now = opening; now < end; now += std::chrono::hours{1}) plan(now);
        }
        if (read) read(today_);
    }
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> simulation::find_sleepers(site::day as_of, base::time_ms now,
                                                              base::deadline limit) {
    sleepers_.clear();
    const auto keep = [this, now](const std::vector<site::sleeper_row>& rows) {
        for (const auto& r : rows) {
            const auto level = setting_->levels.find(r.term_id);
            if (level == setting_->levels.end()) continue;
            // The day may change by UTC before the window closes.
            const auto due_at = [&](base::time_ms t) {
                return may_be_due(r.lapse, level->second, setting_->options, t);
            };
            if (due_at(now) || due_at(now + std::chrono::days{1})) sleepers_.push_back({r.user_id, r.term_id, r.lapse});
        }
    };
    const auto found = co_await scan_.look(as_of, {}, keep, limit);
    if (!found) co_return found.error();
    co_return co_await read_histories(limit);
}

base::awaitable<base::result<void>> simulation::read_histories(base::deadline limit) {
    std::vector<std::int64_t> unread;
    for (const auto& s : sleepers_)
        if (histories_.try_emplace(s.user_id).second) unread.push_back(s.user_id);
    for (std::size_t at = 0; at < unread.size(); at += page) {
        const auto end = std::min(at + page, unread.size());
        const std::vector<std::int64_t> some{unread.begin() + static_cast<std::ptrdiff_t>(at),
                                             unread.begin() + static_cast<std::ptrdiff_t>(end)};
        auto rows = co_await ledger_.of_users(some, limit);
        if (!rows) co_return base::fail(std::move(rows));
        for (auto& r : *rows) histories_[r.what.user_id].push_back(std::move(r));
        const auto silent = co_await suppressions_.among(some, limit);
        if (!silent) co_return silent.error();
        silent_.insert(silent->begin(), silent->end());
    }
    co_return base::result<void>{};
}

/// Letters that the ledger has waiting now; their jobs would go as soon as they are due.
void simulation::send_waiting(base::time_ms now) {
    for (auto& [user, rows] : histories_)
        for (auto& r : rows)
            if (site::is_pending(r.state)) arrive(r, std::max(r.due_at, now));
}

/// The school's letters go to another address than the student's.
void simulation::arrive(site::reminder& r, base::time_ms at) {
    r.updated_at = at;
    if (r.what.stage != site::letter_stage::admin && silent_.contains(r.what.user_id)) {
        r.state = letter_state::suppressed;
        return;
    }
    r.state = letter_state::sent;
    r.sent_at = at;
    today_.push_back({local_day(setting_->zone, at), r.what});
}

void simulation::plan(base::time_ms now) {
    auto left = pace_of(setting_->window, setting_->zone, setting_->per_hour, now, last_);
    for (std::size_t at = 0; at < sleepers_.size() && left.has_room(); at += page)
        plan_some(std::span{sleepers_}.subspan(at, std::min(page, sleepers_.size() - at)), now, left);
}

void simulation::plan_some(std::span<const sleep_cycle> some, base::time_ms now, pace& left) {
    std::vector<sleep_cycle> cycles;
    std::vector<site::reminder> rows;
    std::set<std::int64_t> users;
    for (const auto& s : some) {
        const auto& level = setting_->levels.at(s.term_id);
        const auto& history = histories_[s.user_id];
        // Whoever has nothing due today is asked again only when the next day has begun by UTC.
        const auto next = next_letter(s, history, level, setting_->options, now);
        if (!next || next->due > day_of(now)) continue;
        cycles.push_back(s);
        if (users.insert(s.user_id).second) rows.insert(rows.end(), history.begin(), history.end());
    }
    if (cycles.empty()) return;
    if (const auto digests = histories_.find(0); digests != histories_.end()) {
        const auto today = site::to_text(day_of(now));
        std::ranges::copy_if(digests->second, std::back_inserter(rows),
                             [&](const auto& r) { return r.what.lapse == today; });
    }
    for (const auto& l : plan_letters(cycles, rows, setting_->levels, setting_->options, now, left)) send(l);
}

void simulation::send(const site::planned_letter& l) {
    auto row = row_of(l);
    if (l.state == letter_state::planned) {
        arrive(row, l.due_at);
        last_ = std::max(last_, l.due_at);
    }
    // A digest stays open for the students of the same run.
    if (l.what.user_id == 0) row.state = letter_state::planned;
    histories_[l.what.user_id].push_back(std::move(row));
}

}  // namespace dormouse::scheduler
