#include "queue/read_depth.hpp"

#include "base/ulid.hpp"
#include "queue/ask.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace dormouse::queue {

namespace {

std::uint64_t count_of(redis::reply_view r) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, r.integer()));
}

base::time_ms time_of(redis::reply_view time) {
    return base::from_epoch_ms(time[0].number().value_or(0) * 1000 + time[1].number().value_or(0) / 1000);
}

/// What Redis said first: everything that does not depend on names, and the names.
struct survey {
    site_depth depth;
    base::time_ms now{};
    std::map<std::string, queue_depth> queues;
    std::vector<lane_name> lanes;
    bool has_lines = false;  // for limits
    std::vector<lane_name> lines;
    std::vector<std::string> workers;
};

redis::command_buffer first_questions(const keys& names) {
    redis::command_buffer all;
    all.add({"TIME"});
    all.add({"SMEMBERS", names.queues()});
    all.add({"SMEMBERS", names.paused()});
    all.add({"SMEMBERS", names.lanes()});
    all.add({"ZRANGE", names.workers(), "0", "-1", "WITHSCORES"});
    all.add({"LLEN", names.in()});
    all.add({"ZCARD", names.done()});
    all.add({"ZCARD", names.dead()});
    all.add({"ZRANGE", names.dead(), "0", "0", "WITHSCORES"});
    all.add({"EXISTS", names.limits()});
    return all;
}

survey read_survey(const answers& a) {
    survey out;
    out.now = time_of(a[0]);
    for (const auto name : a[1]) out.queues[std::string{name.text()}];
    for (const auto name : a[2]) out.queues[std::string{name.text()}].paused = true;
    for (const auto member : a[3]) {
        out.lanes.push_back(split_lane_member(member.text()));
        out.queues[out.lanes.back().queue];
    }
    for (std::size_t i = 0; i + 1 < a[4].size(); i += 2) {
        out.workers.emplace_back(a[4][i].text());
        if (a[4][i + 1].number().value_or(0) > base::to_epoch_ms(out.now)) ++out.depth.workers;
    }
    out.depth.intake = count_of(a[5]);
    out.depth.done = count_of(a[6]);
    out.depth.dead = count_of(a[7]);
    if (const auto since = a[8][1].number())
        out.depth.oldest_dead = std::max(base::ms{0}, out.now - base::from_epoch_ms(*since));
    out.has_lines = a[9].integer() == 1;
    return out;
}

void add_list(redis::command_buffer& all, const std::string& list) {
    all.add({"LLEN", list});
    all.add({"LINDEX", list, "-1"});
}

redis::command_buffer questions_for_lines(const survey& s, const keys& names) {
    redis::command_buffer all;
    for (const auto& [queue, depth] : s.queues) all.add({"ZRANGE", names.waits(queue), "0", "-1"});
    return all;
}

void read_lines(survey& s, const answers& a) {
    auto at = a.begin();
    for (const auto& [queue, depth] : s.queues)
        for (const auto limit : *at++) s.lines.push_back({queue, std::string{limit.text()}});
}

redis::command_buffer second_questions(const keys& names, const survey& s) {
    redis::command_buffer all;
    for (const auto& [queue, depth] : s.queues) {
        all.add({"ZCARD", names.later(queue)});
        all.add({"ZRANGE", names.later(queue), "0", "0", "WITHSCORES"});
        for (int p = priority_high; p <= priority_low; ++p) add_list(all, names.ready(queue, p));
    }
    for (const auto& lane : s.lanes) add_list(all, names.lane(lane.queue, lane.lane));
    for (const auto& line : s.lines) add_list(all, names.waiting(line.queue, line.lane));
    for (const auto& worker : s.workers) all.add({"SCARD", names.own(worker)});
    return all;
}

/// Takes the two answers of `add_list`.
void add_ready(queue_depth& depth, answers::const_iterator& at, base::time_ms now) {
    depth.ready += count_of(*at++);
    const auto id = (at++)->text();
    if (!base::is_ulid(id)) return;
    const auto age = std::max(base::ms{0}, now - base::ulid_time(id));
    depth.oldest_ready = std::max(depth.oldest_ready.value_or(age), age);
}

site_depth complete(survey s, const answers& a) {
    auto at = a.begin();
    for (auto& [queue, depth] : s.queues) {
        depth.queue = queue;
        depth.scheduled = count_of(*at++);
        const auto due = (*at++)[1].number();
        if (due && base::from_epoch_ms(*due) < s.now) depth.overdue = s.now - base::from_epoch_ms(*due);
        for (int p = priority_high; p <= priority_low; ++p) add_ready(depth, at, s.now);
    }
    for (const auto& lane : s.lanes) add_ready(s.queues[lane.queue], at, s.now);
    for (const auto& line : s.lines) add_ready(s.queues[line.queue], at, s.now);
    for (std::size_t i = 0; i < s.workers.size(); ++i) s.depth.running += count_of(*at++);
    for (auto& [queue, depth] : s.queues) s.depth.queues.push_back(std::move(depth));
    return std::move(s.depth);
}

}  // namespace

base::awaitable<base::result<site_depth>> read_depth(redis::connection& c, keys names, base::deadline limit) {
    const auto first = co_await ask(c, first_questions(names), limit);
    if (!first) co_return first.error();
    auto known = read_survey(*first);
    if (known.has_lines) {
        const auto lines = co_await ask(c, questions_for_lines(known, names), limit);
        if (!lines) co_return lines.error();
        read_lines(known, *lines);
    }
    const auto second = co_await ask(c, second_questions(names, known), limit);
    if (!second) co_return second.error();
    co_return complete(std::move(known), *second);
}

}  // namespace dormouse::queue
