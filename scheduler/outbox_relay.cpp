#include "scheduler/outbox_relay.hpp"

#include "queue/intake.hpp"
#include "queue/redis/connection.hpp"

#include <future>
#include <memory>
#include <utility>

namespace dormouse::scheduler {

namespace {
// Rows are locked so long at most when Redis does not answer.
constexpr auto push_patience = std::chrono::seconds{3};
// Of the rest: a statement, or a wait for a connection.
constexpr auto batch_patience = std::chrono::seconds{15};
// The loop itself ends a push at its limit; this is for a loop that turns no more.
constexpr auto grace = std::chrono::seconds{2};

std::string in_words(const site::outbox_size& left) {
    if (left.rows == 0) return "no row waits";
    return std::to_string(left.rows) + (left.rows == 1 ? " row waits" : " rows wait") +
           (left.oldest ? ", the oldest since " + base::to_iso8601(*left.oldest) : std::string{});
}
}  // namespace

struct outbox_relay::progress {
    std::uint64_t moved = 0;
    bool unfinished = false;  ///< Time ran out, or somebody else is at it.
};

/// Called on a thread of the database's pool, which waits here for the event loop.
site::outbox::push outbox_relay::push_until(base::deadline limit) const {
    return [&redis = redis_, names = names_, limit](std::vector<std::string> envelopes) -> base::result<void> {
        const auto end = limit.at_most(push_patience);
        const auto answered = std::make_shared<std::promise<base::result<void>>>();
        auto answer = answered->get_future();
        base::asio::co_spawn(redis.executor(), queue::push_to_intake(redis, names, std::move(envelopes), end),
                             [answered](const std::exception_ptr& e, base::result<void> r) {
                                 if (e)
                                     answered->set_exception(e);
                                 else
                                     answered->set_value(std::move(r));
                             });
        if (answer.wait_until(end.at() + grace) != std::future_status::ready)
            return base::error{base::errc::timed_out, "nobody said whether Redis took the rows"};
        return answer.get();
    };
}

base::awaitable<base::result<void>> outbox_relay::move_all(base::deadline limit, progress& done) {
    std::int64_t after = 0;
    for (bool more = true; more && !done.unfinished;) {
        const auto end = limit.at_most(batch_patience);
        const auto batch = co_await rows_.move_batch(after, push_until(end), end);
        if (!batch) co_return batch.error();
        done.moved += batch->rows;
        standing_.moved += batch->rows;
        after = batch->last_id;
        more = batch->more;
        done.unfinished = batch->busy || (more && limit.is_reached());
    }
    if (done.unfinished) co_return base::result<void>{};
    const auto put_aside = co_await rows_.put_aside(limit.at_most(batch_patience));
    if (!put_aside) co_return put_aside.error();
    co_return base::result<void>{};
}

base::awaitable<base::result<void>> outbox_relay::look(base::deadline limit) {
    const auto left = co_await rows_.size(limit.at_most(batch_patience));
    if (!left) co_return left.error();
    standing_.known = true;
    standing_.left = *left;
    co_return base::result<void>{};
}

base::awaitable<> outbox_relay::refresh(base::deadline limit) { (void)co_await look(limit); }

base::awaitable<base::result<std::string>> outbox_relay::run(const duty_run& r) {
    const auto limit = own_end(r);
    progress done;
    auto moved = co_await move_all(limit, done);
    if (!moved && moved.error() == base::errc::cancelled) co_return base::fail(std::move(moved));
    const auto seen = co_await look(limit);
    const auto counts = "moved=" + std::to_string(done.moved);
    if (moved && seen)
        co_return counts + " left=" + std::to_string(standing_.left.rows) +
            " stuck=" + std::to_string(standing_.left.stuck) + (done.unfinished ? " unfinished" : "");
    ++standing_.failures;
    auto why = moved ? seen.error() : moved.error();
    if (why == base::errc::not_found) why.detail += "; run `dormouse migrate`";
    why.detail = counts + (seen ? ", " + in_words(standing_.left) : "") + ": " + why.detail;
    co_return why;
}

}  // namespace dormouse::scheduler
