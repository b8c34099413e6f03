#include "queue/operations.hpp"

#include "queue/ask.hpp"
#include "queue/find_job.hpp"
#include "queue/list_jobs.hpp"
#include "queue/read_depth.hpp"
#include "queue/readmit.hpp"
#include "queue/script_words.hpp"
#include "queue/scripts.hpp"

#include <algorithm>
#include <utility>

namespace dormouse::queue {

namespace {

base::error conflict(const job_view& job, std::string_view verb) {
    const auto is = "job " + job.id + " is " + std::string{to_string(job.state)};
    std::string hint;
    switch (job.state) {
        case job_state::ready: hint = " already and waits for a worker"; break;
        case job_state::scheduled: hint = " for a later time"; break;
        case job_state::running:
            hint = " on worker " + job.worker + " and cannot be " + std::string{verb} +
                   " now; wait for its attempt to end";
            break;
        case job_state::done: hint = " and cannot be " + std::string{verb} + "; enqueue a new job instead"; break;
        case job_state::dead: hint = " and cannot be " + std::string{verb}; break;
    }
    return {base::errc::conflict, is + hint};
}

}  // namespace

operations::operations(redis::connection& connection, const config::settings& settings)
    : connection_{connection}, settings_{settings}, names_{settings.site.name}, keyring_{settings.queue.signing_keys} {}

base::awaitable<base::result<redis::reply>> operations::run(redis::script_call call, base::deadline limit) {
    co_return redis::accept(co_await redis::run(connection_, std::move(call), limit));
}

admission_rules operations::rules() const {
    return {settings_.site.name, settings_.queue.allow_unsigned,
            static_cast<std::size_t>(settings_.queue.max_envelope_bytes)};
}

// --- looking --------------------------------------------------------------------------------------------------

base::awaitable<base::result<site_depth>> operations::depth(base::deadline limit) {
    co_return co_await read_depth(connection_, names_, limit);
}

base::awaitable<base::result<job_page>> operations::list(list_request what, base::deadline limit) {
    co_return co_await list_jobs(connection_, names_, std::move(what), limit);
}

base::awaitable<base::result<job_view>> operations::show(std::string id, base::deadline limit) {
    auto found = co_await find_job(connection_, names_, std::move(id), limit);
    if (!found) co_return base::fail(std::move(found));
    co_return std::move(found->view);
}

base::awaitable<base::result<std::string>> operations::find_by_key(std::string idempotency_key, base::deadline limit) {
    if (!is_valid_key(idempotency_key))
        co_return base::error{base::errc::invalid_argument,
                              "an idempotency key has 1 to 200 bytes without control characters"};
    redis::command_buffer all{"TIME"};
    all.add({"HGET", names_.held(), idempotency_key});
    const auto a = co_await ask(connection_, std::move(all), limit);
    if (!a) co_return a.error();
    const auto now_ms = (*a)[0][0].number().value_or(0) * 1000 + (*a)[0][1].number().value_or(0) / 1000;
    const auto held = read_key_value((*a)[1].text());
    if (!held || base::to_epoch_ms(held->until) <= now_ms)
        co_return base::error{base::errc::not_found, "no job holds the idempotency key '" + idempotency_key + "'"};
    co_return held->id;
}

// --- one job --------------------------------------------------------------------------------------------------

base::awaitable<base::result<void>> operations::enqueue(std::string envelope, base::deadline limit) {
    if (envelope.size() > settings_.queue.max_envelope_bytes)
        co_return base::error{base::errc::too_large, "the envelope has " + std::to_string(envelope.size()) +
                                                         " bytes, queue.max_envelope_bytes is " +
                                                         std::to_string(settings_.queue.max_envelope_bytes)};
    const auto answer = redis::accept(co_await connection_.exec({"LPUSH", names_.in(), envelope}, limit));
    if (!answer) co_return answer.error();
    co_return base::result<void>{};
}

redis::script_call operations::requeue_call(const job& j) const {
    script_words words;
    for (auto& name : {names_.job(), names_.tries(), names_.dead(), names_.later(j.queue),
                       names_.ready(j.queue, j.priority), names_.wake(j.queue), names_.meta(), names_.held()})
        words.key(name);
    words.arg(j.id);
    words.arg(words.keep(later_member(j.priority, j.id)));
    words.arg(j.key);
    words.arg(settings_.queue.key_keep.count());
    return words.make(the_scripts().requeue);
}

base::awaitable<base::result<job_state>> operations::requeue(std::string id, base::deadline limit) {
    for (;;) {
        const auto found = co_await find_job(connection_, names_, id, limit);
        if (!found) co_return found.error();
        const auto& view = found->view;
        if (view.state != job_state::dead && view.state != job_state::scheduled) co_return conflict(view, "made ready");
        auto job = view.job;
        if (view.state == job_state::dead) {
            auto readmitted = readmit(id, found->envelope, view.history, keyring_, rules(), found->now);
            if (!readmitted) co_return base::fail(std::move(readmitted));
            job = std::move(*readmitted);
        }
        const auto answer = co_await run(requeue_call(*job), limit);
        if (!answer) co_return answer.error();
        if (answer->is_array())
            co_return base::error{base::errc::conflict, "job " + id +
                                                            " cannot run: its idempotency key now belongs to job " +
                                                            std::string{(*answer)[0].text()}};
        if (const auto from = parse_state(answer->text())) co_return *from;
        // It moved between the two looks: look again.
    }
}

redis::script_call operations::cancel_call(const found_job& found) const {
    auto j = found.view.job.value_or(job{});
    script_words words;
    for (auto& name :
         {names_.job(), names_.tries(), names_.done(), names_.results(), names_.dead(), names_.later(j.queue),
          names_.ready(j.queue, j.priority), names_.held(), names_.meta(), names_.workers(), names_.limits()})
        words.key(name);
    for (const auto& worker : found.workers) words.key(names_.own(worker));
    words.arg(found.view.id);
    words.arg(words.keep(later_member(j.priority, found.view.id)));
    words.arg(words.keep(std::move(j.key)));
    for (const auto& worker : found.workers) words.arg(worker);
    return words.make(the_scripts().cancel);
}

base::awaitable<base::result<job_state>> operations::cancel(std::string id, base::deadline limit) {
    for (;;) {
        const auto found = co_await find_job(connection_, names_, id, limit);
        if (!found) co_return found.error();
        const auto& view = found->view;
        if (view.state == job_state::running || view.state == job_state::done) co_return conflict(view, "cancelled");
        const auto answer = co_await run(cancel_call(*found), limit);
        if (!answer) co_return answer.error();
        if (answer->integer() == 1) co_return view.state;
        // Claimed, ended, or a new worker came between the two looks: look again.
    }
}

// --- queues ---------------------------------------------------------------------------------------------------

base::awaitable<base::result<void>> operations::check_queue(std::string queue, base::deadline limit) {
    if (!is_valid_queue(queue))
        co_return base::error{
            base::errc::invalid_argument,
            "'" + queue + "' is not a queue's name: expected 1 to 32 characters of a-z, 0-9, _ and -"};
    const auto& served = settings_.worker.queues;
    if (std::any_of(served.begin(), served.end(), [&](const auto& q) { return q.name == queue; }))
        co_return base::result<void>{};
    const auto known = redis::accept(co_await connection_.exec({"SISMEMBER", names_.queues(), queue}, limit));
    if (!known) co_return known.error();
    if (known->integer() == 1) co_return base::result<void>{};
    co_return base::error{base::errc::not_found, "there is no queue '" + queue +
                                                     "': it never had a job and is not one of worker.queues; "
                                                     "`dormouse queues` lists those there are"};
}

base::awaitable<base::result<bool>> operations::pause(std::string queue, base::deadline limit) {
    if (auto ok = co_await check_queue(queue, limit); !ok) co_return base::fail(std::move(ok));
    redis::command_buffer all{"SADD", names_.paused(), queue};
    all.add({"SADD", names_.queues(), queue});
    const auto a = co_await ask(connection_, std::move(all), limit);
    if (!a) co_return a.error();
    co_return (*a)[0].integer() == 1;
}

base::awaitable<base::result<bool>> operations::resume(std::string queue, base::deadline limit) {
    if (auto ok = co_await check_queue(queue, limit); !ok) co_return base::fail(std::move(ok));
    redis::command_buffer all{"SREM", names_.paused(), queue};
    all.add({"ZADD", names_.wake(queue), "0", "w"});
    const auto a = co_await ask(connection_, std::move(all), limit);
    if (!a) co_return a.error();
    co_return (*a)[0].integer() == 1;
}

}  // namespace dormouse::queue
