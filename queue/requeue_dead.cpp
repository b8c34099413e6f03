// operations::requeue_dead: a walk through the dead set, page by page, from the oldest.
#include "queue/ask.hpp"
#include "queue/history.hpp"
#include "queue/operations.hpp"
#include "queue/readmit.hpp"
#include "queue/script_words.hpp"
#include "queue/scripts.hpp"

#include <utility>

namespace dormouse::queue {

namespace {
constexpr std::size_t page_size = 100;
constexpr std::size_t most_refusals_told = 10;
}  // namespace

/// Jobs that are requeued leave the set, others stay; so the walk's place is a time and how many jobs of exactly that
/// time have been passed and left there. Jobs that die during the walk lie behind its end.
struct operations::dead_walk {
    const dead_filter& filter;
    requeue_report report;
    base::deadline limit;
    std::int64_t end_ms = 0;
    std::int64_t from_ms = 0;
    std::uint64_t left_at_from = 0;

    struct member {
        std::string id;
        std::int64_t died_ms = 0;
        std::string envelope;
        history past;
        bool gone = false;  ///< Out of the set.
    };
    std::vector<member> page;

    [[nodiscard]] bool is_full() const noexcept { return filter.limit != 0 && report.requeued >= filter.limit; }

    void refuse(const std::string& id, std::string why) {
        ++report.refused;
        if (report.refusals.size() < most_refusals_told) report.refusals.push_back({id, std::move(why)});
    }

    void pass_page() {
        const auto last = page.back().died_ms;
        auto left = last == from_ms ? left_at_from : 0;
        for (const auto& m : page)
            if (!m.gone && m.died_ms == last) ++left;
        from_ms = last;
        left_at_from = left;
    }
};

base::awaitable<base::result<void>> operations::begin(dead_walk& walk) {
    if (auto ok = co_await redis::load(connection_, {&the_scripts().requeue}, walk.limit); !ok)
        co_return base::fail(std::move(ok));
    const auto time = redis::accept(co_await connection_.exec({"TIME"}, walk.limit));
    if (!time) co_return time.error();
    walk.end_ms = (*time)[0].number().value_or(0) * 1000 + (*time)[1].number().value_or(0) / 1000;
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> operations::next_page(dead_walk& walk) {
    walk.page.clear();
    const auto ids = redis::accept(co_await connection_.exec(
        {"ZRANGEBYSCORE", names_.dead(), std::to_string(walk.from_ms), std::to_string(walk.end_ms), "WITHSCORES",
         "LIMIT", std::to_string(walk.left_at_from), std::to_string(page_size)},
        walk.limit));
    if (!ids) co_return ids.error();
    if (ids->size() == 0) co_return base::result<void>{};
    redis::command_buffer all;
    for (const auto& hash : {names_.job(), names_.tries()}) {
        all.begin(ids->size() / 2 + 2).arg("HMGET").arg(hash);
        for (std::size_t i = 0; i < ids->size(); i += 2) all.arg((*ids)[i].text());
    }
    const auto kept = co_await ask(connection_, std::move(all), walk.limit);
    if (!kept) co_return kept.error();
    for (std::size_t i = 0; 2 * i < ids->size(); ++i)
        walk.page.push_back({std::string{(*ids)[2 * i].text()}, (*ids)[2 * i + 1].number().value_or(0),
                             std::string{(*kept)[0][i].text()}, read_history((*kept)[1][i].text())});
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> operations::requeue_page(dead_walk& walk) {
    std::vector<dead_walk::member*> chosen;
    redis::command_buffer calls;
    std::vector<job> jobs;
    for (auto& m : walk.page) {
        if (walk.filter.limit != 0 && walk.report.requeued + chosen.size() >= walk.filter.limit) break;
        const auto read = read_admitted(m.envelope);
        if (!walk.filter.kind.empty() && (!read || read->kind != walk.filter.kind)) continue;
        if (!walk.filter.queue.empty() && (!read || read->queue != walk.filter.queue)) continue;
        auto job = readmit(m.id, m.envelope, m.past, keyring_, rules(), base::from_epoch_ms(walk.end_ms));
        if (!job) {
            walk.refuse(m.id, job.error().detail);
            continue;
        }
        calls.append(requeue_call(*job).command());
        chosen.push_back(&m);
        jobs.push_back(std::move(*job));
    }
    if (chosen.empty()) co_return base::result<void>{};
    auto replies = co_await connection_.exec_all(std::move(calls), walk.limit);
    if (!replies) co_return base::fail(std::move(replies));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        auto answer = std::move((*replies)[i]);
        if (answer.error_code() == "NOSCRIPT") {
            auto again = co_await redis::run(connection_, requeue_call(jobs[i]), walk.limit);
            if (!again) co_return base::fail(std::move(again));
            answer = std::move(*again);
        }
        if (answer.is_error()) co_return redis::to_error(answer);
        if (answer.is_array()) {
            walk.refuse(chosen[i]->id, "job " + chosen[i]->id + " cannot run: its idempotency key now belongs to job " +
                                           std::string{answer[0].text()});
            continue;
        }
        chosen[i]->gone = true;
        if (answer.text() == "dead") ++walk.report.requeued;
    }
    co_return base::result<void>{};
}

base::awaitable<base::result<requeue_report>> operations::requeue_dead(dead_filter filter, base::deadline limit) {
    dead_walk walk{.filter = filter, .report = {}, .limit = limit, .page = {}};
    const auto failed = [&walk](const base::error& e) {
        return base::error{e.code,
                           "after " + std::to_string(walk.report.requeued) + " jobs were made ready: " + e.detail};
    };
    if (auto ok = co_await begin(walk); !ok) co_return ok.error();
    while (!walk.is_full()) {
        if (auto ok = co_await next_page(walk); !ok) co_return failed(ok.error());
        if (walk.page.empty()) break;
        if (auto ok = co_await requeue_page(walk); !ok) co_return failed(ok.error());
        walk.pass_page();
    }
    co_return std::move(walk.report);
}

}  // namespace dormouse::queue
