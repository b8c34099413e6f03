#include "queue/find_job.hpp"

#include "base/ulid.hpp"
#include "queue/ask.hpp"
#include "queue/envelope.hpp"
#include "queue/history.hpp"
#include "queue/limit_text.hpp"

#include <optional>
#include <utility>

namespace dormouse::queue {

namespace {

base::error unknown(const std::string& id) {
    return {base::errc::not_found,
            "no job " + id +
                " here: it may wait in the intake still, it may have been trimmed with other old "
                "jobs, or it belongs to another site"};
}

/// An unreadable envelope names no queue; then the job can only be dead, and any queue's keys will do.
job read_or_blank(std::string_view envelope, job_view& view) {
    auto read = read_admitted(envelope);
    if (read) {
        read->id = view.id;
        view.job = std::move(*read);
        return *view.job;
    }
    if (!envelope.empty()) view.unreadable = read.error().reason + ": " + read.error().detail;
    return {};
}

/// MULTI, so that no worker can move the job between two looks.
redis::command_buffer questions(const keys& names, const std::string& id, const job& j,
                                const std::vector<std::string>& workers) {
    redis::command_buffer all;
    all.add({"MULTI"});
    all.add({"TIME"});
    all.add({"HGET", names.job(), id});
    all.add({"HGET", names.tries(), id});
    all.add({"HGET", names.results(), id});
    all.add({"ZSCORE", names.done(), id});
    all.add({"ZSCORE", names.dead(), id});
    all.add({"ZSCORE", names.later(j.queue), later_member(j.priority, id)});
    all.add({"HGET", names.limits(), id});
    for (const auto& worker : workers) all.add({"SISMEMBER", names.own(worker), id});
    all.add({"EXEC"});
    return all;
}

std::optional<base::time_ms> score(redis::reply_view r) {
    const auto number = r.number();
    return number ? std::optional{base::from_epoch_ms(*number)} : std::nullopt;
}

void read_state(found_job& found, const redis::reply& r, bool has_envelope) {
    auto& view = found.view;
    for (std::size_t i = 0; i < found.workers.size(); ++i)
        if (r[8 + i].integer() == 1) view.worker = found.workers[i];
    if (!has_envelope) {
        view.state = job_state::done;
        view.at = score(r[4]);
        view.result = r[3].text();
        view.job.reset();
    } else if (!view.worker.empty()) {
        view.state = job_state::running;
    } else if (const auto dead = score(r[5])) {
        view.state = job_state::dead;
        view.at = dead;
    } else if (const auto due = score(r[6])) {
        view.state = job_state::scheduled;
        view.at = due;
    } else {
        view.state = job_state::ready;
        if (const auto record = read_limit_text(r[7].text())) view.waits_for = record->limits.front().name;
    }
}

/// Nothing if the job came into being between the two looks, so that its queue was not known: look again.
base::awaitable<base::result<std::optional<found_job>>> look(redis::connection& c, keys names, std::string id,
                                                             base::deadline limit) {
    redis::command_buffer first;
    first.add({"HGET", names.job(), id});
    first.add({"ZRANGE", names.workers(), "0", "-1"});
    const auto before = co_await ask(c, std::move(first), limit);
    if (!before) co_return before.error();

    found_job found;
    found.view.id = id;
    for (const auto worker : (*before)[1]) found.workers.emplace_back(worker.text());
    const auto job = read_or_blank((*before)[0].text(), found.view);

    const auto looked = co_await ask(c, questions(names, id, job, found.workers), limit);
    if (!looked) co_return looked.error();
    const auto& r = looked->back();
    if (!r.is_array()) co_return base::error{base::errc::protocol, "redis did not run MULTI"};
    const auto envelope = r[1];
    if (envelope.is_nil() && r[4].is_nil()) co_return unknown(id);
    if (!envelope.is_nil() && (*before)[0].is_nil()) co_return std::optional<found_job>{};

    found.now = base::from_epoch_ms(r[0][0].number().value_or(0) * 1000 + r[0][1].number().value_or(0) / 1000);
    found.envelope = envelope.text();
    found.view.history = read_history(r[2].text());
    read_state(found, r, !envelope.is_nil());
    co_return std::optional{std::move(found)};
}

}  // namespace

base::awaitable<base::result<found_job>> find_job(redis::connection& c, keys names, std::string id,
                                                  base::deadline limit) {
    if (!base::is_ulid(id))
        co_return base::error{base::errc::invalid_argument,
                              "'" + id +
                                  "' is not a job id: expected the 26 characters that `dormouse enqueue` and "
                                  "`dormouse jobs list` print"};
    for (;;) {
        auto found = co_await look(c, names, id, limit);
        if (!found) co_return base::fail(std::move(found));
        if (*found) co_return std::move(**found);
    }
}

}  // namespace dormouse::queue
