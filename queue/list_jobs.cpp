#include "queue/list_jobs.hpp"

#include "base/ulid.hpp"
#include "queue/ask.hpp"
#include "queue/envelope.hpp"
#include "queue/history.hpp"
#include "queue/limit_text.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dormouse::queue {

namespace {

using jobs = std::vector<listed_job>;
using jobs_result = base::result<jobs>;

listed_job line(job_state state, std::string_view id) {
    listed_job out;
    out.id = id;
    out.state = state;
    if (base::is_ulid(id)) out.made = base::ulid_time(id);
    return out;
}

/// `count` ids of the places from `offset` on, of lists that are newest left, as if they were one list.
class list_slice {
public:
    list_slice(std::size_t offset, std::size_t count) : skip_{offset}, want_{count} {}

    void add(redis::command_buffer& out, const std::string& list, std::size_t length) {
        if (skip_ >= length) {
            skip_ -= length;
            return;
        }
        const auto take = std::min(want_, length - skip_);
        if (take == 0) return;
        out.add({"LRANGE", list, "-" + std::to_string(skip_ + take), "-" + std::to_string(skip_ + 1)});
        skip_ = 0;
        want_ -= take;
    }

private:
    std::size_t skip_;
    std::size_t want_;
};

base::awaitable<jobs_result> ready_page(redis::connection& c, keys names, std::vector<std::string> queues,
                                        std::size_t offset, std::size_t count, base::deadline limit) {
    const auto lanes = co_await ask(c, {"SMEMBERS", names.lanes()}, limit);
    if (!lanes) co_return lanes.error();
    redis::command_buffer ask_lines;
    for (const auto& queue : queues) ask_lines.add({"ZRANGE", names.waits(queue), "0", "-1"});
    const auto lines = co_await ask(c, std::move(ask_lines), limit);
    if (!lines) co_return lines.error();
    std::vector<std::string> lists;
    for (const auto& queue : queues)
        for (int p = priority_high; p <= priority_low; ++p) lists.push_back(names.ready(queue, p));
    for (std::size_t i = 0; i < queues.size(); ++i)
        for (const auto line : (*lines)[i]) lists.push_back(names.waiting(queues[i], line.text()));
    for (const auto member : lanes->front()) {
        const auto lane = split_lane_member(member.text());
        if (std::find(queues.begin(), queues.end(), lane.queue) != queues.end())
            lists.push_back(names.lane(lane.queue, lane.lane));
    }

    redis::command_buffer ask_lengths;
    for (const auto& list : lists) ask_lengths.add({"LLEN", list});
    const auto lengths = co_await ask(c, std::move(ask_lengths), limit);
    if (!lengths) co_return lengths.error();
    list_slice slice{offset, count};
    redis::command_buffer ask_ids;
    for (std::size_t i = 0; i < lists.size(); ++i)
        slice.add(ask_ids, lists[i], static_cast<std::size_t>((*lengths)[i].integer()));
    const auto parts = co_await ask(c, std::move(ask_ids), limit);
    if (!parts) co_return parts.error();

    jobs out;
    for (const auto& part : *parts)
        for (std::size_t i = part.size(); i-- > 0;) out.push_back(line(job_state::ready, part[i].text()));
    co_return out;
}

base::awaitable<jobs_result> scheduled_page(redis::connection& c, keys names, std::vector<std::string> queues,
                                            std::size_t offset, std::size_t count, base::deadline limit) {
    redis::command_buffer all;
    const auto last = std::to_string(offset + count - 1);
    // The page can lie in any one of the queues, so each gives its first `offset + count`.
    for (const auto& queue : queues) all.add({"ZRANGE", names.later(queue), "0", last, "WITHSCORES"});
    const auto parts = co_await ask(c, std::move(all), limit);
    if (!parts) co_return parts.error();
    jobs merged;
    for (const auto& part : *parts) {
        for (std::size_t i = 0; i + 1 < part.size(); i += 2) {
            const auto member = part[i].text();
            merged.push_back(line(job_state::scheduled, member.substr(std::min<std::size_t>(2, member.size()))));
            merged.back().at = base::from_epoch_ms(part[i + 1].number().value_or(0));
        }
    }
    std::sort(merged.begin(), merged.end(),
              [](const auto& a, const auto& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
    const auto from = static_cast<std::ptrdiff_t>(std::min(offset, merged.size()));
    const auto to = static_cast<std::ptrdiff_t>(std::min(offset + count, merged.size()));
    co_return jobs(std::make_move_iterator(merged.begin() + from), std::make_move_iterator(merged.begin() + to));
}

base::awaitable<jobs_result> running_page(redis::connection& c, keys names, std::size_t offset, std::size_t count,
                                          base::deadline limit) {
    const auto workers = co_await ask(c, {"ZRANGE", names.workers(), "0", "-1"}, limit);
    if (!workers) co_return workers.error();
    redis::command_buffer all;
    for (const auto worker : workers->front()) all.add({"SMEMBERS", names.own(worker.text())});
    const auto parts = co_await ask(c, std::move(all), limit);
    if (!parts) co_return parts.error();
    jobs running;
    std::size_t number = 0;
    for (const auto worker : workers->front()) {
        for (const auto id : (*parts)[number]) {
            running.push_back(line(job_state::running, id.text()));
            running.back().worker = worker.text();
        }
        ++number;
    }
    std::sort(running.begin(), running.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto from = static_cast<std::ptrdiff_t>(std::min(offset, running.size()));
    const auto to = static_cast<std::ptrdiff_t>(std::min(offset + count, running.size()));
    co_return jobs(std::make_move_iterator(running.begin() + from), std::make_move_iterator(running.begin() + to));
}

base::awaitable<jobs_result> ended_page(redis::connection& c, keys names, job_state state, std::size_t offset,
                                        std::size_t count, base::deadline limit) {
    const auto set = state == job_state::dead ? names.dead() : names.done();
    const auto answer = co_await ask(
        c, {"ZREVRANGE", set, std::to_string(offset), std::to_string(offset + count - 1), "WITHSCORES"}, limit);
    if (!answer) co_return answer.error();
    const auto& page = answer->front();
    jobs out;
    for (std::size_t i = 0; i + 1 < page.size(); i += 2) {
        out.push_back(line(state, page[i].text()));
        out.back().at = base::from_epoch_ms(page[i + 1].number().value_or(0));
    }
    co_return out;
}

base::awaitable<jobs_result> page_of(redis::connection& c, keys names, job_state state, std::vector<std::string> queues,
                                     std::size_t offset, std::size_t count, base::deadline limit) {
    switch (state) {
        case job_state::ready: co_return co_await ready_page(c, names, std::move(queues), offset, count, limit);
        case job_state::scheduled: co_return co_await scheduled_page(c, names, std::move(queues), offset, count, limit);
        case job_state::running: co_return co_await running_page(c, names, offset, count, limit);
        case job_state::done:
        case job_state::dead: break;
    }
    co_return co_await ended_page(c, names, state, offset, count, limit);
}

void describe_one(listed_job& out, redis::reply_view envelope, redis::reply_view past, redis::reply_view result,
                  redis::reply_view limits) {
    const auto history = read_history(past.text());
    out.attempts = history.attempts;
    out.note = history.deferred_because.empty() ? history.last_error : history.deferred_because;
    if (out.state == job_state::dead) out.note = history.dead_reason;
    if (out.state == job_state::ready)
        if (const auto record = read_limit_text(limits.text()))
            out.note = "waits for limit " + record->limits.front().name;
    if (out.state == job_state::done) {
        out.note = result.text();
    } else if (const auto read = read_admitted(envelope.text())) {
        out.kind = read->kind;
        out.queue = read->queue;
        out.priority = read->priority;
    }
}

/// Fills in what the envelopes and histories say. A job that has moved on meanwhile is left out.
base::awaitable<jobs_result> describe(redis::connection& c, keys names, jobs page, base::deadline limit) {
    if (page.empty()) co_return page;
    redis::command_buffer all;
    for (const auto& hash : {names.job(), names.tries(), names.results(), names.limits()}) {
        all.begin(page.size() + 2).arg("HMGET").arg(hash);
        for (const auto& j : page) all.arg(j.id);
    }
    const auto a = co_await ask(c, std::move(all), limit);
    if (!a) co_return a.error();
    jobs out;
    for (std::size_t i = 0; i < page.size(); ++i) {
        if (page[i].state != job_state::done && (*a)[0][i].is_nil()) continue;
        describe_one(page[i], (*a)[0][i], (*a)[1][i], (*a)[2][i], (*a)[3][i]);
        out.push_back(std::move(page[i]));
    }
    co_return out;
}

base::result<void> check(const list_request& what) {
    const auto wrong = [](std::string text) { return base::error{base::errc::invalid_argument, std::move(text)}; };
    if (what.limit == 0 || what.limit > longest_page)
        return wrong("a list may have 1 to " + std::to_string(longest_page) + " jobs, not " +
                     std::to_string(what.limit));
    if (what.offset > largest_offset) return wrong("an offset may be at most " + std::to_string(largest_offset));
    if (what.state == job_state::done && !(what.queue.empty() && what.kind.empty()))
        return wrong("of done jobs only id and result are kept, so they cannot be picked by queue or kind");
    return {};
}

base::awaitable<base::result<std::vector<std::string>>> queues_of(redis::connection& c, keys names, std::string only,
                                                                  base::deadline limit) {
    const auto known = co_await ask(c, {"SMEMBERS", names.queues()}, limit);
    if (!known) co_return known.error();
    std::vector<std::string> out;
    for (const auto name : known->front())
        if (only.empty() || only == name.text()) out.emplace_back(name.text());
    if (!only.empty() && out.empty())
        co_return base::error{base::errc::not_found, "no job was ever put into queue '" + only +
                                                         "'; `dormouse queues` lists the queues there are"};
    std::sort(out.begin(), out.end());
    co_return out;
}

bool matches(const listed_job& j, const list_request& what) {
    return (what.kind.empty() || what.kind == j.kind) && (what.queue.empty() || what.queue == j.queue);
}

/// Redis itself skips to the page.
base::awaitable<base::result<job_page>> page_by_place(redis::connection& c, keys names, list_request what,
                                                      std::vector<std::string> queues, base::deadline limit) {
    auto found = co_await page_of(c, names, what.state, std::move(queues), what.offset, what.limit + 1, limit);
    if (!found) co_return base::fail(std::move(found));
    job_page out;
    if (found->size() > what.limit) {
        found->pop_back();
        out.next = what.offset + what.limit;
    }
    auto page = co_await describe(c, names, std::move(*found), limit);
    if (!page) co_return base::fail(std::move(page));
    out.jobs = std::move(*page);
    co_return out;
}

/// For filters that only the envelopes can answer: looks through the jobs one by one.
base::awaitable<base::result<job_page>> page_by_search(redis::connection& c, keys names, list_request what,
                                                       std::vector<std::string> queues, base::deadline limit) {
    job_page out;
    std::size_t matched = 0;
    for (std::size_t place = 0; place < most_looked_at; place += longest_page) {
        auto found = co_await page_of(c, names, what.state, queues, place, longest_page, limit);
        if (!found) co_return base::fail(std::move(found));
        const bool is_last = found->size() < longest_page;
        auto page = co_await describe(c, names, std::move(*found), limit);
        if (!page) co_return base::fail(std::move(page));
        for (auto& j : *page) {
            if (!matches(j, what) || ++matched <= what.offset) continue;
            if (out.jobs.size() == what.limit) {
                out.next = what.offset + what.limit;
                co_return out;
            }
            out.jobs.push_back(std::move(j));
        }
        if (is_last) co_return out;
    }
    out.gave_up = true;
    co_return out;
}

}  // namespace

base::awaitable<base::result<job_page>> list_jobs(redis::connection& c, keys names, list_request what,
                                                  base::deadline limit) {
    if (auto ok = check(what); !ok) co_return base::fail(std::move(ok));
    auto queues = co_await queues_of(c, names, what.queue, limit);
    if (!queues) co_return base::fail(std::move(queues));
    const bool lies_in_a_queue = what.state == job_state::ready || what.state == job_state::scheduled;
    if (what.kind.empty() && (what.queue.empty() || lies_in_a_queue))
        co_return co_await page_by_place(c, names, std::move(what), std::move(*queues), limit);
    co_return co_await page_by_search(c, names, std::move(what), std::move(*queues), limit);
}

}  // namespace dormouse::queue
