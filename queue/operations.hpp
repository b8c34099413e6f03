#pragma once
// The verbs of the queue, as operators speak them: look, enqueue, requeue, cancel, pause. Workers' verbs are in
// broker.hpp, and so is the picture of a job's life.
//
// What changes a job is one script, hence atomic; what counts is a few pipelined commands, so the numbers may be a
// moment apart. Errors of all verbs, beside those of redis::connection:
//   invalid_argument  an id, key, queue or range that cannot be; the detail names it and what is expected
//   not_found         no such job, key or queue
//   conflict          the job is in a state that does not allow it; the detail names the state and what to do
// connection_lost means that it may have happened. Every verb may be said again.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "queue/depth.hpp"
#include "queue/envelope.hpp"
#include "queue/job_view.hpp"
#include "queue/keys.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dormouse::queue {

namespace redis {
class connection;
class reply;
class script_call;
}  // namespace redis
struct found_job;

/// Which of the dead jobs `requeue_dead` takes.
struct dead_filter {
    std::string kind{};       ///< Empty = all.
    std::string queue{};      ///< Empty = all.
    std::uint64_t limit = 0;  ///< Stop after so many; 0 = no limit. The oldest come first.
};

struct requeue_report {
    std::uint64_t requeued = 0;
    std::uint64_t refused = 0;
    struct refusal {
        std::string id;
        std::string why;
    };
    std::vector<refusal> refusals;  ///< The first few, for people.
};

/// One site's queue, seen by an operator. Lives on one event loop, beside the connection it speaks through. Connection
/// and settings must outlive it; its calls may overlap.
class operations {
public:
    operations(redis::connection& connection, const config::settings& settings);

    [[nodiscard]] const keys& names() const noexcept { return names_; }

    /// See read_depth.hpp.
    [[nodiscard]] base::awaitable<base::result<site_depth>> depth(base::deadline limit = {});

    /// See list_jobs.hpp.
    [[nodiscard]] base::awaitable<base::result<job_page>> list(list_request what, base::deadline limit = {});

    [[nodiscard]] base::awaitable<base::result<job_view>> show(std::string id, base::deadline limit = {});

    /// The id of the job that holds an idempotency key now.
    [[nodiscard]] base::awaitable<base::result<std::string>> find_by_key(std::string idempotency_key,
                                                                         base::deadline limit = {});

    /// An envelope, signed where that is demanded, into the public intake. errc::too_large above
    /// `queue.max_envelope_bytes`. Saying it again is harmless if the envelope has an id.
    [[nodiscard]] base::awaitable<base::result<void>> enqueue(std::string envelope, base::deadline limit = {});

    /// A dead or scheduled job becomes ready now, with a fresh history; says where it was. An envelope that admission
    /// refused is judged again by the keys of today, and stays where it is (conflict) if it is refused again.
    [[nodiscard]] base::awaitable<base::result<job_state>> requeue(std::string id, base::deadline limit = {});

    /// The same for all that are dead at the beginning, in batches. `limit` bounds the whole; what was done before it
    /// came stays done.
    [[nodiscard]] base::awaitable<base::result<requeue_report>> requeue_dead(dead_filter filter, base::deadline limit);

    /// Removes a job that waits or is dead, and frees its idempotency key; it is kept among the done ones with the
    /// result `{"cancelled":true}`. A running job cannot be cancelled (conflict). Says where the job was.
    [[nodiscard]] base::awaitable<base::result<job_state>> cancel(std::string id, base::deadline limit = {});

    /// From now on no worker claims from the queue; running attempts end as usual. It must be a queue that had a job or
    /// one of `worker.queues` (not_found), since a misspelt name would go unnoticed. False if it was paused already.
    [[nodiscard]] base::awaitable<base::result<bool>> pause(std::string queue, base::deadline limit = {});

    /// And rings for its workers. False if it was not paused.
    [[nodiscard]] base::awaitable<base::result<bool>> resume(std::string queue, base::deadline limit = {});

private:
    [[nodiscard]] base::awaitable<base::result<redis::reply>> run(redis::script_call call, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<void>> check_queue(std::string queue, base::deadline limit);
    [[nodiscard]] redis::script_call requeue_call(const job& j) const;
    [[nodiscard]] redis::script_call cancel_call(const found_job& found) const;
    [[nodiscard]] admission_rules rules() const;

    // The steps of requeue_dead, requeue_dead.cpp.
    struct dead_walk;
    [[nodiscard]] base::awaitable<base::result<void>> begin(dead_walk& walk);
    [[nodiscard]] base::awaitable<base::result<void>> next_page(dead_walk& walk);
    [[nodiscard]] base::awaitable<base::result<void>> requeue_page(dead_walk& walk);

    redis::connection& connection_;
    const config::settings& settings_;
    keys names_;
    keyring keyring_;
};

}  // namespace dormouse::queue
