#include "scheduler/reminders/planning.hpp"

#include <algorithm>
#include <utility>

namespace dormouse::scheduler {

namespace {

/// What a page's decision needs, owned by it: it runs on a thread of the pool, and again if a connection breaks.
struct page_facts {
    std::vector<sleep_cycle> sleepers;
    std::shared_ptr<const reminder_setting> setting;
    base::time_ms now;
    pace before;
    pace after;
};

site::reminders::decision decision_of(std::shared_ptr<page_facts> facts) {
    return [facts = std::move(facts)](const std::vector<site::reminder>& known) {
        facts->after = facts->before;
        return plan_letters(facts->sleepers, known, facts->setting->levels, facts->setting->options, facts->now,
                            facts->after);
    };
}

std::vector<std::int64_t> users_of(const std::vector<sleep_cycle>& sleepers) {
    std::vector<std::int64_t> out;
    out.reserve(sleepers.size());
    for (const auto& s : sleepers) out.push_back(s.user_id);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace

std::string to_line(const planning_report& r) {
    if (r.run == 0) return "no scan has ended yet, again=" + std::to_string(r.again);
    auto out = "run=" + std::to_string(r.run) + " sleepers=" + std::to_string(r.sleepers) +
               " planned=" + std::to_string(r.planned) + " again=" + std::to_string(r.again);
    if (r.closed) out += " closed";
    if (!r.whole) out += " unfinished";
    return out;
}

struct letter_planning::walk {
    base::time_ms now;
    const hand_over& to;
    base::deadline limit;
    std::shared_ptr<const reminder_setting> setting{};
    std::vector<site::opening> openings{};
    pace left{};
    planning_report report{};

    [[nodiscard]] bool is_open() const { return openings.empty() || openings.front().from <= now; }
};

base::awaitable<base::result<planning_report>> letter_planning::run(base::time_ms now, const hand_over& to, bool again,
                                                                    base::deadline limit) {
    walk w{now, to, limit};
    if (auto done = co_await prepare(w); !done) co_return base::fail(std::move(done));
    if (again && w.is_open())
        if (auto done = co_await hand_over_waiting(w); !done) co_return base::fail(std::move(done));
    if (auto done = co_await plan_all(w); !done) co_return base::fail(std::move(done));
    co_return w.report;
}

base::awaitable<base::result<void>> letter_planning::prepare(walk& w) {
    auto setting = co_await read_setting(pool_, settings_, w.limit);
    if (!setting) co_return base::fail(std::move(setting));
    w.openings = openings_from(setting->window, setting->zone, w.now);
    w.setting = std::make_shared<const reminder_setting>(std::move(*setting));
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> letter_planning::hand_over_waiting(walk& w) {
    std::int64_t after = 0;
    for (;;) {
        auto rows = co_await ledger_.waiting(after, static_cast<int>(page), w.now, w.now - unheard, w.limit);
        if (!rows) co_return base::fail(std::move(rows));
        if (rows->empty()) co_return base::result<void>{};
        after = rows->back().id;
        w.report.again += static_cast<std::int64_t>(rows->size());
        if (auto done = co_await w.to(std::move(*rows), w.openings); !done) co_return done;
    }
}

base::awaitable<base::result<void>> letter_planning::plan_all(walk& w) {
    const auto run = co_await runs_.published(w.limit);
    if (!run) co_return run.error();
    if (!*run) co_return base::result<void>{};
    w.report.run = (*run)->id;
    const auto last = co_await ledger_.latest_planned(w.limit);
    if (!last) co_return last.error();
    const auto& s = *w.setting;
    w.left = pace_of(s.window, s.zone, s.per_hour, w.now, last->value_or(base::time_ms{}));
    site::sleeper_cursor at;
    while (w.left.has_room()) {
        if (w.limit.is_reached()) {
            w.report.whole = false;
            co_return base::result<void>{};
        }
        auto rows = co_await runs_.page(w.report.run, at, page, {}, w.limit);
        if (!rows) co_return base::fail(std::move(rows));
        if (rows->empty()) co_return base::result<void>{};
        at = {rows->back().term_id, rows->back().user_id};
        if (auto done = co_await plan_page(w, std::move(*rows)); !done) co_return done;
    }
    w.report.closed = true;
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> letter_planning::plan_page(walk& w, std::vector<site::sleeper_row> rows) {
    w.report.sleepers += static_cast<std::int64_t>(rows.size());
    const auto facts = std::make_shared<page_facts>(page_facts{{}, w.setting, w.now, w.left, w.left});
    for (const auto& r : rows) {
        const auto level = w.setting->levels.find(r.term_id);
        if (level != w.setting->levels.end() && may_be_due(r.lapse, level->second, w.setting->options, w.now))
            facts->sleepers.push_back({r.user_id, r.term_id, r.lapse});
    }
    if (facts->sleepers.empty()) co_return base::result<void>{};
    auto planned = co_await ledger_.plan(users_of(facts->sleepers), site::to_text(day_of(w.now)), decision_of(facts),
                                         w.now, w.limit);
    if (!planned) co_return base::fail(std::move(planned));
    w.left = facts->after;
    w.report.planned += static_cast<std::int64_t>(planned->size());
    if (planned->empty()) co_return base::result<void>{};
    co_return co_await w.to(std::move(*planned), w.openings);
}

}  // namespace dormouse::scheduler
