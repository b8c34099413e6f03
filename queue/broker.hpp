#pragma once
// The verbs of the queue, as a worker speaks them. Operators' verbs are in operations.hpp.
//
//   LPUSH in ──peek, admit──┬──▶ ready ──work (claim)──▶ running ──work (settle)──┬──▶ done
//                           │      ▲ work (promote)        │                      ├──▶ later   retry, defer
//                           ├──▶ later                     │ lease ended          ├──▶ lane    parked: no place free
//                           │                              ▼                      ├──▶ line    it has limits
//                           └──▶ dead   quarantine      recover ──▶ ready, line,  ├──▶ ready   release
//                                                                   dead          └──▶ dead
//   line ──work (claim, with a place in each limit)──▶ running
//
// Each verb is one script, hence atomic; queue/lua/*.lua say the order of their writes. Redis TIME is the only clock.
// A verb fails with errc::connection_lost when it was sent and no answer came: it may have happened, and doing it
// again is safe: a settlement repeated finds the job no longer owned and is reported as `lost`.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"
#include "queue/envelope.hpp"
#include "queue/job.hpp"
#include "queue/keys.hpp"
#include "queue/scripts.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dormouse::queue {

namespace redis {
class connection;
class reply;
class script_call;
}  // namespace redis
class script_words;

/// The end of one attempt, as the queue needs it.
struct settlement {
    enum class verb {
        done,     ///< `text` = result JSON or empty.
        later,    ///< `due`, `text` = history JSON.
        release,  ///< Back to the front of where it was claimed from; `text` = history JSON or empty for unchanged.
        park,     ///< Into its lane's list.
        wait,     ///< In line for its limits; `text` = limit_text.
        dead,     ///< `text` = history JSON with the reason.
        gone,     ///< It had no envelope: ownership ends, if there still is none, and nothing is recorded.
    };
    verb what = verb::done;
    std::string id;
    std::string queue;
    int priority = priority_normal;
    std::string lane;
    std::string key;  ///< Idempotency key; extended when the job lives on.
    base::time_ms due{};
    std::string text;
    std::shared_ptr<const job> follower{};  ///< done: admitted with it, once, whatever is repeated. Complete.
};

/// Where to claim from, in the order given.
struct source {
    std::string queue;
    int priority = priority_normal;
    std::string lane;  ///< Not empty: from this lane's list instead of the ready list.
    int most = 1;
    bool lines = false;  ///< From the queue's lines for limits instead; priority and lane mean nothing.
};

struct work_request {
    std::vector<std::string> acks;  ///< Done without history or result: the common case.
    std::vector<settlement> settlements;
    std::vector<source> sources;
    int claim = 0;
    base::time_ms now{};  ///< About Redis time; idempotency keys of jobs that live on are kept from here.
};

struct work_reply {
    bool lease_known = true;  ///< False: this worker was declared lost; register again, its jobs are others' now.
    base::time_ms now{};
    std::optional<base::time_ms> next_due;
    bool more = false;                   ///< Ready jobs are left in the served queues.
    std::vector<std::string> lost;       ///< Settled ids this worker did not own any more.
    std::vector<int> claims_per_source;  ///< One for each source of the request.
    std::vector<claimed_job> claimed;
    std::unordered_set<std::string> with_places;  ///< Of them, those that came from a line and hold their places.
    std::vector<std::string> unreadable;          ///< Claimed ids whose stored envelope is broken: settle as dead.
    std::vector<std::string> gone;  ///< Claimed ids without an envelope (cancelled meanwhile): settle as gone.
};

/// The oldest envelopes of the intake, still there. `admit` takes them out, all at once, if nobody else has.
struct intake_batch {
    base::time_ms now{};
    std::string admitted;                ///< How many were ever admitted when this was read.
    std::vector<std::string> envelopes;  ///< Oldest first.
};

/// What becomes of one envelope of a batch.
struct admission {
    enum class verb { ready, later, dead };
    verb what = verb::ready;
    std::string id;
    std::string queue;
    int priority = priority_normal;
    std::string key;
    base::time_ms due{};
    std::string text;    ///< dead: history JSON with the reason.
    std::string lane{};  ///< ready: not empty = into this lane's list instead of the ready list.
};

struct admit_reply {
    base::time_ms now{};
    bool stale = false;  ///< Another worker has admitted since: nothing was done, read again.
    struct exception {
        std::size_t place;  ///< Index into the admissions.
        bool duplicate;     ///< True: the idempotency key is held by `holder`; false: a replay of a known id.
        std::string holder;
    };
    std::vector<exception> exceptions;
};

struct beat_reply {
    bool held = true;
    base::time_ms now{};
    std::string epoch;
    std::vector<std::string> ended;  ///< Workers whose lease has ended.
    std::vector<lane_name> lanes;    ///< Lanes that may hold parked jobs; a random 256 at most.
};

/// A job of a lost worker (or one of our own that a lost answer hid from us).
struct orphan {
    std::string id;
    bool exists = false;  ///< False: no envelope, the job had ended.
    bool readable = false;
    claimed_job job;
};

struct recover_reply {
    bool alive = false;  ///< The lease is held again: nothing was done.
    std::uint64_t taken = 0;
    std::uint64_t jobs_left = 0;
};

struct trim_reply {
    std::uint64_t dead = 0;
    std::uint64_t done = 0;
    std::uint64_t keys = 0;
};

/// What the server says about itself (promise 8).
struct server_report {
    std::string maxmemory_policy;  ///< Empty = it would not say.
    bool aof = false;
    bool loading = false;
    bool master = true;
    std::string version;
};

/// One worker's view of one site's queue. Lives on one event loop, beside the connection it speaks through.
class broker {
public:
    /// `text`: the scripts behind the verbs; must live as long as the broker.
    broker(redis::connection& connection, keys names, std::string worker, const config::queue_settings& settings,
           base::ms lease, std::vector<std::string> served_queues, const scripts& text = the_scripts());

    [[nodiscard]] const std::string& worker() const noexcept { return worker_; }
    [[nodiscard]] const keys& names() const noexcept { return names_; }

    /// Settle, promote, claim. `limit` bounds the wait for the answer, as in all verbs below.
    /// `request` must live until this has ended: the caller keeps it for another try.
    [[nodiscard]] base::awaitable<base::result<work_reply>> work(const work_request& request, base::deadline limit);

    /// Reads the oldest envelopes. Those that are too large for an answer are cut first and come back shortened.
    [[nodiscard]] base::awaitable<base::result<intake_batch>> peek(int most, base::deadline limit);
    /// Writes ids in front of envelopes that came without: `places` are indexes into the batch, `texts` the stamped
    /// envelopes. False if another worker has admitted since.
    [[nodiscard]] base::awaitable<base::result<bool>> stamp(std::string admitted, std::vector<std::size_t> places,
                                                            std::vector<std::string> texts, base::deadline limit);
    /// One admission for each envelope of the batch that was read at `admitted`, in its order. `ring`: wake other
    /// workers of the queues that got ready jobs, because this one will not claim them.
    [[nodiscard]] base::awaitable<base::result<admit_reply>> admit(std::string admitted, std::vector<admission> batch,
                                                                   bool ring, base::time_ms now, base::deadline limit);
    /// Keeps a job just admitted at hand until the next answer of `work`: if that claims it, its envelope need not be
    /// fetched.
    void remember(job j);

    /// Renews the lease; `registering` also takes it when it is gone.
    [[nodiscard]] base::awaitable<base::result<beat_reply>> beat(bool registering, base::deadline limit);
    /// Gives up the lease, and rings for the served queues. The number of jobs still owned should be 0; otherwise
    /// others recover them when it ends.
    [[nodiscard]] base::awaitable<base::result<std::uint64_t>> leave(base::deadline limit);

    /// At most `most` jobs that `worker` owns, with envelopes and histories.
    [[nodiscard]] base::awaitable<base::result<std::vector<orphan>>> owned_by(std::string worker, int most,
                                                                              base::deadline limit);
    /// Takes jobs back from a worker whose lease has ended; poison goes to dead.
    [[nodiscard]] base::awaitable<base::result<recover_reply>> recover(std::string worker, std::vector<orphan> orphans,
                                                                       base::time_ms now, base::deadline limit);

    /// Whoever waits for a ring looks what there is: a worker that died may have been the only one that knew.
    [[nodiscard]] base::awaitable<base::result<void>> ring_everybody(base::deadline limit);

    /// One small step of housekeeping.
    [[nodiscard]] base::awaitable<base::result<trim_reply>> trim(base::deadline limit);

    /// Adds to the counters of the current hour.
    [[nodiscard]] base::awaitable<base::result<void>> count(std::vector<std::pair<std::string, std::int64_t>> counters,
                                                            base::time_ms now, base::deadline limit);

    [[nodiscard]] base::awaitable<base::result<server_report>> report(base::deadline limit);

    /// A claimed id before its envelope is known.
    struct claim {
        std::string id;
        std::string past;  ///< History JSON.
    };

private:
    void write_settlements(script_words& words, const work_request& request) const;
    void write_kept_keys(script_words& words, const work_request& request) const;
    void write_followers(script_words& words, const work_request& request) const;
    void write_sources(script_words& words, const work_request& request) const;
    [[nodiscard]] base::awaitable<base::result<redis::reply>> run(redis::script_call call, base::deadline limit);
    [[nodiscard]] base::awaitable<base::result<void>> fetch_envelopes(work_reply& reply, std::vector<claim> claims,
                                                                      base::deadline limit);

    redis::connection& connection_;
    keys names_;
    std::string worker_;
    const config::queue_settings& settings_;
    base::ms lease_;
    std::vector<std::string> queues_;
    const scripts& scripts_;
    std::string cursor_ = "0";                         // of the search for ended idempotency keys
    std::string limits_cursor_ = "0";                  // of the search for limits without a job
    std::unordered_map<std::string, job> remembered_;  // admitted here lately
};

}  // namespace dormouse::queue
