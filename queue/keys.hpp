#pragma once
// Every Redis key of the product, in one place (house law 2). All keys of a site share the hash tag `{site}`, so a
// site is one Redis Cluster slot.

#include "queue/job.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dormouse::queue {

/// The names for one site. Immutable; copy freely.
class keys {
public:
    explicit keys(std::string_view site) : prefix_{"dormouse:{" + std::string{site} + "}:"} {}

    /// LIST, the public intake: signed envelopes, newest left. A producer may LPUSH here and nothing else; only
    /// `admit` removes from it.
    [[nodiscard]] std::string in() const { return prefix_ + "in"; }
    /// HASH id → envelope bytes, as they came in.
    [[nodiscard]] std::string job() const { return prefix_ + "job"; }
    /// HASH id → history (JSON made by C++, opaque to Lua); only of jobs that failed, crashed or were deferred.
    [[nodiscard]] std::string tries() const { return prefix_ + "try"; }
    /// HASH id → result JSON, of jobs kept in `done`.
    [[nodiscard]] std::string results() const { return prefix_ + "result"; }
    /// LIST of ids ready to run, newest left.
    [[nodiscard]] std::string ready(std::string_view queue, int priority) const {
        return prefix_ + "ready:" + std::string{queue} + ":" + std::to_string(priority);
    }
    /// LIST of ids that wait for a place in their lane (endpoint), newest left.
    [[nodiscard]] std::string lane(std::string_view queue, std::string_view lane) const {
        return prefix_ + "lane:" + std::string{queue} + ":" + std::string{lane};
    }
    /// SET of `lane_member`s whose list may hold something.
    [[nodiscard]] std::string lanes() const { return prefix_ + "lanes"; }
    /// HASH id → `limit_text`, of jobs that wait for limits or run under them. queue/lua/limits.lua says how these keys
    /// work together.
    [[nodiscard]] std::string limits() const { return prefix_ + "limits"; }
    /// ZSET of score 0, `<limit> <id> <worker>`: who runs under a limit.
    [[nodiscard]] std::string places() const { return prefix_ + "places"; }
    /// ZSET limit → ms from which its next attempt may start.
    [[nodiscard]] std::string rates() const { return prefix_ + "rates"; }
    /// LIST of ids that wait in line for a limit, newest left.
    [[nodiscard]] std::string waiting(std::string_view queue, std::string_view limit) const {
        return prefix_ + "waiting:" + std::string{queue} + ":" + std::string{limit};
    }
    /// ZSET of the lines of a queue: limit → ms from which to look, negative while it is full.
    [[nodiscard]] std::string waits(std::string_view queue) const { return named("waits:", queue); }
    /// ZSET of lines, as `<queue> <limit>`, that are closed until this limit has room.
    [[nodiscard]] std::string blocked(std::string_view limit) const { return named("blocked:", limit); }
    /// ZSET of `later_member`s by due time in ms: delayed and retry jobs.
    [[nodiscard]] std::string later(std::string_view queue) const { return named("later:", queue); }
    /// ZSET with at most one member: somebody should look at the queue now. Waited for with BZPOPMIN.
    [[nodiscard]] std::string wake(std::string_view queue) const { return named("wake:", queue); }
    /// SET of ids a worker owns now.
    [[nodiscard]] std::string own(std::string_view worker) const { return named("own:", worker); }
    /// ZSET worker → end of its lease in ms of Redis time.
    [[nodiscard]] std::string workers() const { return prefix_ + "workers"; }
    /// ZSETs of ids by time of their end in ms.
    [[nodiscard]] std::string dead() const { return prefix_ + "dead"; }
    [[nodiscard]] std::string done() const { return prefix_ + "done"; }
    /// SET of every queue name ever admitted, and SET of the paused ones.
    [[nodiscard]] std::string queues() const { return prefix_ + "queues"; }
    [[nodiscard]] std::string paused() const { return prefix_ + "paused"; }
    /// HASH: `epoch` (sentinel), `admitted` (envelopes ever admitted), `dead_bytes`.
    [[nodiscard]] std::string meta() const { return prefix_ + "meta"; }
    /// HASH of counters of one hour (UTC hours since the epoch).
    [[nodiscard]] std::string stat(std::int64_t hour) const { return prefix_ + "stat:" + std::to_string(hour); }

    /// HASH idempotency key → `key_value`. One for all, so that a batch is looked up in one call.
    [[nodiscard]] std::string held() const { return prefix_ + "key"; }

    /// HASH: what is kept of a schedule (schedule_record.hpp).
    [[nodiscard]] std::string schedule(std::string_view name) const { return named("schedule:", name); }
    /// LIST of `schedule_event`s as JSON, newest left.
    [[nodiscard]] std::string schedule_log(std::string_view name) const { return named("schedule-log:", name); }
    /// ZSET with at most one member: somebody wants a schedule to run now. Waited for with BZPOPMIN.
    [[nodiscard]] std::string schedule_bell() const { return prefix_ + "schedule-bell"; }

    /// Pattern for SCAN that matches every key of the site.
    [[nodiscard]] std::string all() const { return prefix_ + "*"; }

private:
    [[nodiscard]] std::string named(std::string_view kind, std::string_view name) const {
        return prefix_ + std::string{kind} + std::string{name};
    }
    std::string prefix_;
};

/// Member of `later`: the priority digit, a colon, the id.
[[nodiscard]] std::string later_member(int priority, std::string_view id);

/// Member of `lanes`: queue, a space, lane. Queue names hold no space.
[[nodiscard]] std::string lane_member(std::string_view queue, std::string_view lane);
struct lane_name {
    std::string queue;
    std::string lane;
};
[[nodiscard]] lane_name split_lane_member(std::string_view member);

/// Value of an idempotency key: the id of the job that holds it, a space, the ms until which it is held.
[[nodiscard]] std::string key_value(std::string_view id, base::time_ms until);
struct key_holder {
    std::string id;
    base::time_ms until;
};
/// Nothing for what `key_value` did not write.
[[nodiscard]] std::optional<key_holder> read_key_value(std::string_view value);

}  // namespace dormouse::queue
