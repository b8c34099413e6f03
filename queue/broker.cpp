#include "queue/broker.hpp"

#include "base/ulid.hpp"
#include "queue/broker_replies.hpp"
#include "queue/history.hpp"
#include "queue/redis/connection.hpp"
#include "queue/script_words.hpp"

#include <set>

namespace dormouse::queue {

namespace {

// Fixed keys first: their numbers are the constants of the script's head comment.
script_words with_keys(std::initializer_list<std::string> names) {
    script_words words;
    for (const auto& name : names) words.key(name);
    return words;
}

constexpr std::string_view verb_of(settlement::verb v) noexcept {
    switch (v) {
        case settlement::verb::done: return "d";
        case settlement::verb::later: return "l";
        case settlement::verb::release: return "r";
        case settlement::verb::park: return "p";
        case settlement::verb::wait: return "w";
        case settlement::verb::dead: return "x";
        case settlement::verb::gone: return "g";
    }
    return "?";
}

bool lives_on(settlement::verb v) noexcept {
    return v == settlement::verb::later || v == settlement::verb::park || v == settlement::verb::wait;
}

bool keeps_key(const settlement& s) noexcept { return !s.key.empty() && lives_on(s.what); }
bool has_follower(const settlement& s) noexcept { return s.what == settlement::verb::done && s.follower != nullptr; }

template <class Predicate>
std::size_t how_many(const work_request& r, Predicate which) {
    return static_cast<std::size_t>(std::count_if(r.settlements.begin(), r.settlements.end(), which));
}

}  // namespace

broker::broker(redis::connection& connection, keys names, std::string worker, const config::queue_settings& settings,
               base::ms lease, std::vector<std::string> served_queues, const scripts& text)
    : connection_{connection},
      names_{std::move(names)},
      worker_{std::move(worker)},
      settings_{settings},
      lease_{lease},
      queues_{std::move(served_queues)},
      scripts_{text} {}

base::awaitable<base::result<redis::reply>> broker::run(redis::script_call call, base::deadline limit) {
    co_return redis::accept(co_await redis::run(connection_, std::move(call), limit));
}

// --- work -----------------------------------------------------------------------------------------------------

void broker::write_settlements(script_words& words, const work_request& request) const {
    for (const auto& id : request.acks) words.arg(id);
    for (const auto& s : request.settlements) {
        std::size_t dest = 0;
        if (s.what == settlement::verb::later) dest = words.key(names_.later(s.queue));
        if (s.what == settlement::verb::release) dest = words.key(names_.ready(s.queue, s.priority));
        if (s.what == settlement::verb::park) dest = words.key(names_.lane(s.queue, s.lane));
        words.arg(verb_of(s.what));
        words.arg(s.id);
        words.arg(dest);
        words.arg(base::to_epoch_ms(s.due));
        words.arg(s.what == settlement::verb::park ? words.keep(lane_member(s.queue, s.lane))
                                                   : words.keep(later_member(s.priority, s.id)));
        words.arg(s.text);
    }
}

void broker::write_kept_keys(script_words& words, const work_request& request) const {
    for (const auto& s : request.settlements) {
        if (!keeps_key(s)) continue;
        words.arg(s.key);
        words.arg(words.keep(key_value(s.id, std::max(s.due, request.now) + settings_.key_keep)));
    }
}

void broker::write_followers(script_words& words, const work_request& request) const {
    for (const auto& s : request.settlements) {
        if (!has_follower(s)) continue;
        const auto& next = *s.follower;
        words.arg(s.id);
        words.arg(next.id);
        words.arg(next.key);
        words.arg(words.keep(key_value(next.id, request.now + settings_.key_keep)));
        words.arg(next.queue);
        words.arg(words.key(names_.ready(next.queue, next.priority)));
        words.arg(words.key(names_.wake(next.queue)));
        words.arg(words.keep(to_json(next)));
    }
}

void broker::write_sources(script_words& words, const work_request& request) const {
    for (const auto& queue : queues_) {
        words.arg(queue);
        words.arg(words.key(names_.later(queue)));
        words.arg(words.key(names_.wake(queue)));
        for (int p = priority_high; p <= priority_low; ++p) words.arg(words.key(names_.ready(queue, p)));
    }
    for (const auto& s : request.sources) {
        words.arg(words.key(s.lines          ? names_.waits(s.queue)
                            : s.lane.empty() ? names_.ready(s.queue, s.priority)
                                             : names_.lane(s.queue, s.lane)));
        words.arg(s.most);
        words.arg(s.queue);
        words.arg(s.lines          ? std::string_view{"w"}
                  : s.lane.empty() ? std::string_view{}
                                   : words.keep(lane_member(s.queue, s.lane)));
    }
}

base::awaitable<base::result<work_reply>> broker::work(const work_request& request, base::deadline limit) {
    auto words = with_keys({names_.job(), names_.own(worker_), names_.workers(), names_.tries(), names_.done(),
                            names_.results(), names_.dead(), names_.lanes(), names_.paused(), names_.meta(),
                            names_.held(), names_.limits(), names_.queues()});
    words.arg(worker_);
    words.arg(request.claim);
    words.arg(settings_.done_keep);
    words.arg(request.acks.size());
    words.arg(request.settlements.size());
    words.arg(how_many(request, keeps_key));
    words.arg(how_many(request, has_follower));
    words.arg(queues_.size());
    words.arg(request.sources.size());
    write_settlements(words, request);
    write_kept_keys(words, request);
    write_followers(words, request);
    write_sources(words, request);
    const auto answer = co_await run(words.make(scripts_.work), limit);
    if (!answer) co_return answer.error();
    std::vector<claim> claims;
    auto reply = read_work(answer->root(), request.sources, claims);
    if (!reply) co_return reply;
    if (auto r = co_await fetch_envelopes(*reply, std::move(claims), limit); !r) co_return r.error();
    co_return reply;
}

base::awaitable<base::result<void>> broker::fetch_envelopes(work_reply& reply, std::vector<claim> claims,
                                                            base::deadline limit) {
    std::vector<claim> unknown;
    for (auto& c : claims) {
        if (auto known = remembered_.extract(c.id); !known.empty())
            reply.claimed.push_back({std::move(known.mapped()), read_history(c.past)});
        else
            unknown.push_back(std::move(c));
    }
    // Only for the claim that follows the admission: later, a cancelled job must be missed.
    remembered_.clear();
    if (unknown.empty()) co_return base::result<void>{};
    redis::command_buffer command{64 * unknown.size()};
    command.begin(unknown.size() + 2).arg("HMGET").arg(names_.job());
    for (const auto& c : unknown) command.arg(c.id);
    const auto bodies = redis::accept(co_await connection_.exec(std::move(command), limit));
    if (!bodies) co_return bodies.error();
    auto body = bodies->begin();
    for (auto& c : unknown) add_claimed(reply, std::move(c), *body++);
    co_return base::result<void>{};
}

void broker::remember(job j) {
    auto id = j.id;
    remembered_.insert_or_assign(std::move(id), std::move(j));
}

// --- admission ------------------------------------------------------------------------------------------------

base::awaitable<base::result<intake_batch>> broker::peek(int most, base::deadline limit) {
    // The count first: an admission in between makes it stale, never wrong.
    redis::command_buffer commands;
    commands.add({"TIME"});
    commands.add({"HGET", names_.meta(), "admitted"});
    commands.add({"LRANGE", names_.in(), std::to_string(-most), "-1"});
    const auto answers = co_await connection_.exec_all(std::move(commands), limit);
    if (answers) co_return read_peek(*answers);
    if (!(answers.error() == base::errc::too_large)) co_return answers.error();

    (void)co_await connection_.wait_connected(limit);
    auto words = with_keys({names_.in()});
    words.arg(most);
    words.arg(settings_.max_envelope_bytes);
    const auto cut = co_await run(words.make(scripts_.shorten), limit);
    if (!cut) co_return cut.error();
    co_return intake_batch{};
}

base::awaitable<base::result<bool>> broker::stamp(std::string admitted, std::vector<std::size_t> places,
                                                  std::vector<std::string> texts, base::deadline limit) {
    auto words = with_keys({names_.in(), names_.meta()});
    words.arg(admitted);
    for (std::size_t i = 0; i < places.size(); ++i) {
        words.arg(places[i] + 1);
        words.arg(texts[i]);
    }
    const auto answer = co_await run(words.make(scripts_.stamp), limit);
    if (!answer) co_return answer.error();
    co_return answer->integer() == 1;
}

base::awaitable<base::result<admit_reply>> broker::admit(std::string admitted, std::vector<admission> batch, bool ring,
                                                         base::time_ms now, base::deadline limit) {
    auto words = with_keys({names_.in(), names_.job(), names_.done(), names_.results(), names_.dead(), names_.tries(),
                            names_.queues(), names_.meta(), names_.held(), names_.lanes()});
    std::set<std::string, std::less<>> queues;
    for (const auto& a : batch)
        if (a.what != admission::verb::dead) queues.insert(a.queue);
    std::string rung;
    std::string queue_names;
    for (const auto& queue : queues) {
        queue_names.append(queue).append(" ");
        if (ring) rung.append(std::to_string(words.key(names_.wake(queue)))).append(" ");
    }
    words.arg(batch.size());
    words.arg(admitted);
    words.arg(base::to_epoch_ms(now + settings_.key_keep));
    words.arg(rung);
    words.arg(queue_names);
    write_admissions(words, names_, batch);
    const auto answer = co_await run(words.make(scripts_.admit), limit);
    if (!answer) co_return answer.error();
    co_return read_admit(answer->root());
}

// --- leases ---------------------------------------------------------------------------------------------------

base::awaitable<base::result<beat_reply>> broker::beat(bool registering, base::deadline limit) {
    auto words = with_keys({names_.workers(), names_.lanes(), names_.meta()});
    words.arg(worker_);
    words.arg(lease_.count());
    words.arg(registering ? 1 : 0);
    words.arg(words.keep(base::make_ulid(base::system_clock().now())));
    const auto answer = co_await run(words.make(scripts_.beat), limit);
    if (!answer) co_return answer.error();
    co_return read_beat(answer->root());
}

base::awaitable<base::result<std::uint64_t>> broker::leave(base::deadline limit) {
    auto words = with_keys({names_.workers(), names_.own(worker_)});
    for (const auto& queue : queues_) (void)words.key(names_.wake(queue));
    words.arg(worker_);
    const auto answer = co_await run(words.make(scripts_.leave), limit);
    if (!answer) co_return answer.error();
    co_return static_cast<std::uint64_t>(answer->integer());
}

base::awaitable<base::result<std::vector<orphan>>> broker::owned_by(std::string worker, int most,
                                                                    base::deadline limit) {
    const auto ids =
        redis::accept(co_await connection_.exec({"SRANDMEMBER", names_.own(worker), std::to_string(most)}, limit));
    if (!ids) co_return ids.error();
    if (ids->size() == 0) co_return std::vector<orphan>{};
    redis::command_buffer commands;
    for (const auto& hash : {names_.job(), names_.tries()}) {
        commands.begin(ids->size() + 2).arg("HMGET").arg(hash);
        for (const auto id : *ids) commands.arg(id.text());
    }
    const auto answers = co_await connection_.exec_all(std::move(commands), limit);
    if (!answers) co_return answers.error();
    for (const auto& a : *answers)
        if (a.is_error()) co_return redis::to_error(a);
    co_return read_orphans(ids->root(), (*answers)[0].root(), (*answers)[1].root());
}

base::awaitable<base::result<recover_reply>> broker::recover(std::string worker, std::vector<orphan> orphans,
                                                             base::time_ms now, base::deadline limit) {
    auto words = with_keys({names_.workers(), names_.own(worker), names_.job(), names_.tries(), names_.dead(),
                            names_.meta(), names_.limits()});
    words.arg(worker);
    words.arg(orphans.size());
    for (const auto& o : orphans) {
        const auto& j = o.job.job;
        const auto history = after_crash(o.job.history, now);
        const bool poison = history.crashes >= settings_.max_crashes;
        const auto dead_history = !o.readable
                                      ? as_dead(history, "bad_envelope", "the stored envelope is unreadable", now)
                                      : as_dead(history, "worker_died", "every worker that ran it died", now);
        const bool dies = poison || !o.readable;
        words.arg(!o.exists ? "g" : dies ? "x" : "r");
        words.arg(o.id);
        words.arg(o.exists && !dies ? words.key(names_.ready(j.queue, j.priority)) : 0);
        words.arg(o.exists && !dies ? words.key(names_.wake(j.queue)) : 0);
        words.arg(words.keep(to_json(dies ? dead_history : history)));
    }
    const auto answer = co_await run(words.make(scripts_.recover), limit);
    if (!answer) co_return answer.error();
    co_return read_recover(answer->root());
}

base::awaitable<base::result<void>> broker::ring_everybody(base::deadline limit) {
    const auto queues = redis::accept(co_await connection_.exec({"SMEMBERS", names_.queues()}, limit));
    if (!queues) co_return queues.error();
    if (queues->size() == 0) co_return base::result<void>{};
    redis::command_buffer rings;
    for (const auto queue : *queues) rings.add({"ZADD", names_.wake(std::string{queue.text()}), "0", "w"});
    const auto answers = co_await connection_.exec_all(std::move(rings), limit);
    if (!answers) co_return answers.error();
    for (const auto& a : *answers)
        if (a.is_error()) co_return redis::to_error(a);
    co_return base::result<void>{};
}

// --- housekeeping ---------------------------------------------------------------------------------------------

base::awaitable<base::result<trim_reply>> broker::trim(base::deadline limit) {
    auto words = with_keys({names_.dead(), names_.job(), names_.tries(), names_.done(), names_.results(), names_.meta(),
                            names_.held(), names_.limits(), names_.rates(), names_.queues()});
    words.arg(settings_.dead_keep);
    words.arg(settings_.dead_age.count());
    words.arg(settings_.dead_bytes);
    words.arg(settings_.done_keep);
    words.arg(settings_.done_age.count());
    words.arg(cursor_);
    words.arg(limits_cursor_);
    const auto answer = co_await run(words.make(scripts_.trim), limit);
    if (!answer) co_return answer.error();
    cursor_ = (*answer)[3].text();
    limits_cursor_ = (*answer)[4].text();
    co_return trim_reply{static_cast<std::uint64_t>((*answer)[0].integer()),
                         static_cast<std::uint64_t>((*answer)[1].integer()),
                         static_cast<std::uint64_t>((*answer)[2].integer())};
}

base::awaitable<base::result<void>> broker::count(std::vector<std::pair<std::string, std::int64_t>> counters,
                                                  base::time_ms now, base::deadline limit) {
    if (counters.empty()) co_return base::result<void>{};
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::string_view kept_seconds = "2678400";  // 31 days
    const auto hash = names_.stat(base::to_epoch_ms(now) / hour_ms);
    redis::command_buffer commands;
    for (const auto& [name, by] : counters) commands.add({"HINCRBY", hash, name, std::to_string(by)});
    commands.add({"EXPIRE", hash, kept_seconds});
    const auto answers = co_await connection_.exec_all(std::move(commands), limit);
    if (!answers) co_return answers.error();
    co_return base::result<void>{};
}

base::awaitable<base::result<server_report>> broker::report(base::deadline limit) {
    const auto answer = redis::accept(co_await connection_.exec({"INFO"}, limit));
    if (!answer) co_return answer.error();
    co_return read_report(answer->text());
}

}  // namespace dormouse::queue
