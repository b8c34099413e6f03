#include "queue/schedules.hpp"

#include "queue/ask.hpp"
#include "queue/derived_id.hpp"
#include "queue/envelope.hpp"
#include "queue/redis/connection.hpp"
#include "queue/script_words.hpp"

namespace dormouse::queue {

namespace {

schedule_record record_of(redis::reply_view hash) {
    schedule_fields fields;
    std::string name;
    bool is_name = true;
    for (const auto word : hash) {
        if (is_name)
            name = word.text();
        else
            fields.emplace_back(std::move(name), word.text());
        is_name = !is_name;
    }
    return read_schedule_record(fields);
}

}  // namespace

std::string tick_job_id(const std::string& schedule, base::time_ms tick, bool by_operator) {
    return derived_id(tick, "dormouse.tick\n" + schedule + "\n" + std::to_string(base::to_epoch_ms(tick)) +
                                (by_operator ? "\noperator" : ""));
}

base::awaitable<base::result<schedules_reading>> schedules::read(std::vector<std::string> names, base::deadline limit) {
    redis::command_buffer hashes{"TIME"};
    for (const auto& name : names) hashes.add({"HGETALL", names_.schedule(name)});
    const auto kept = co_await ask(connection_, std::move(hashes), limit);
    if (!kept) co_return kept.error();
    schedules_reading out;
    const auto& time = kept->front();
    out.now = base::from_epoch_ms(time[0].number().value_or(0) * 1000 + time[1].number().value_or(0) / 1000);
    redis::command_buffer jobs;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& job = out.records.emplace_back(record_of((*kept)[i + 1].root())).job;
        if (job.empty()) continue;
        jobs.add({"HEXISTS", names_.job(), job});
        jobs.add({"ZSCORE", names_.dead(), job});
    }
    const auto places = co_await ask(connection_, std::move(jobs), limit);
    if (!places) co_return places.error();
    std::size_t next = 0;
    for (auto& r : out.records) {
        if (r.job.empty()) continue;
        r.job_open = (*places)[next].integer() == 1 && (*places)[next + 1].is_nil();
        next += 2;
    }
    co_return out;
}

base::awaitable<base::result<bool>> schedules::write(std::string name, writing w, base::deadline limit) {
    script_words words;
    words.key(names_.schedule(name));
    words.key(names_.schedule_log(name));
    if (w.fires)
        for (auto& key : {names_.job(), names_.done(), names_.queues(), names_.ready(w.fires->queue, w.fires->priority),
                          names_.wake(w.fires->queue)})
            words.key(key);
    words.arg(w.seen.size());
    words.arg(w.set.size());
    for (const auto* list : {&w.seen, &w.set})
        for (const auto& [field, value] : *list) {
            words.arg(field);
            words.arg(value);
        }
    words.arg(w.line);
    words.arg(log_length);
    if (w.fires) {
        words.arg(w.fires->id);
        words.arg(w.fires->queue);
        words.arg(words.keep(to_json(*w.fires)));
    }
    const auto answer = redis::accept(co_await redis::run(connection_, words.make(scripts_.tick), limit));
    if (!answer) co_return answer.error();
    co_return answer->integer() == 1;
}

base::awaitable<base::result<bool>> schedules::change(schedule_change c, base::deadline limit) {
    writing w{identity_of(c.seen), {}, c.event ? to_json(*c.event) : std::string{}, c.fires};
    const auto set = [&w](std::string field, std::string value) {
        w.set.emplace_back(std::move(field), std::move(value));
    };
    const auto set_time = [&](std::string field, base::time_ms t) {
        set(std::move(field), std::to_string(base::to_epoch_ms(t)));
    };
    if (c.definition) set("definition", *c.definition);
    if (c.settled) set_time("settled", *c.settled);
    if (c.answers_wish) set("wanted", "");
    if (c.fired) set_time("fired", *c.fired);
    if (c.fires) set("job", c.fires->id);
    if (c.begins)
        for (auto& [field, value] : fields_of(*c.begins)) set(field, std::move(value));
    co_return co_await write(std::move(c.name), std::move(w), limit);
}

base::awaitable<base::result<std::optional<schedule_run>>> schedules::hold(std::string name, schedule_run run,
                                                                           std::string owner, base::time_ms lease,
                                                                           base::deadline limit) {
    writing w{{{"run", run.id}, {"run_lease", std::to_string(base::to_epoch_ms(run.lease))}}, {}, {}, {}};
    if (run.owner != owner) ++run.tries;
    run.owner = std::move(owner);
    run.lease = lease;
    w.set = fields_of(run);
    const auto held = co_await write(std::move(name), std::move(w), limit);
    if (!held) co_return held.error();
    co_return *held ? std::optional{std::move(run)} : std::nullopt;
}

base::awaitable<base::result<bool>> schedules::end(std::string name, schedule_run run, schedule_event event,
                                                   base::deadline limit) {
    writing w{{{"run", run.id}, {"run_owner", run.owner}}, no_run(), to_json(event), {}};
    co_return co_await write(std::move(name), std::move(w), limit);
}

// --- operators ------------------------------------------------------------------------------------------------

base::awaitable<base::result<bool>> schedules::set_once(std::string name, std::string field, base::time_ms now,
                                                        bool ring, base::deadline limit) {
    writing w{{{field, ""}}, {{field, std::to_string(base::to_epoch_ms(now))}}, {}, {}};
    const auto set = co_await write(std::move(name), std::move(w), limit);
    if (!set) co_return set.error();
    if (ring) {
        const auto rung = redis::accept(co_await connection_.exec({"ZADD", names_.schedule_bell(), "0", "w"}, limit));
        if (!rung) co_return rung.error();
    }
    co_return *set;
}

base::awaitable<base::result<bool>> schedules::pause(std::string name, base::time_ms now, base::deadline limit) {
    co_return co_await set_once(std::move(name), "paused", now, false, limit);
}

base::awaitable<base::result<bool>> schedules::want_run(std::string name, base::time_ms now, base::deadline limit) {
    co_return co_await set_once(std::move(name), "wanted", now, true, limit);
}

base::awaitable<base::result<bool>> schedules::resume(std::string name, base::deadline limit) {
    const auto gone = redis::accept(co_await connection_.exec({"HDEL", names_.schedule(name), "paused"}, limit));
    if (!gone) co_return gone.error();
    co_return gone->integer() == 1;
}

base::awaitable<base::result<std::vector<schedule_event>>> schedules::log(std::string name, std::size_t most,
                                                                          base::deadline limit) {
    const auto lines = redis::accept(co_await connection_.exec(
        {"LRANGE", names_.schedule_log(name), "0", std::to_string(static_cast<std::int64_t>(most) - 1)}, limit));
    if (!lines) co_return lines.error();
    std::vector<schedule_event> out;
    for (const auto line : *lines)
        if (auto event = read_schedule_event(line.text())) out.push_back(std::move(*event));
    co_return out;
}

}  // namespace dormouse::queue
