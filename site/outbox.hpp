#pragma once
// `{prefix}dormouse_outbox`: envelopes that the site could not hand to Redis (spec 4-scheduler, "Outbox"). The plugin
// writes rows and moves some itself at the end of a request; this moves all of them. Both may move the same row: the
// envelope's id makes that harmless.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {

class pool;

/// What one batch takes, and what is never taken: such a row stays, with a note in last_error.
struct outbox_limits {
    std::size_t rows = 500;
    std::size_t bytes = std::size_t{4} * 1024 * 1024;
    std::size_t row_bytes =
        std::size_t{1024} * 1024;  ///< Above what any configuration admits; the queue judges the rest.
};

/// What became of a batch.
struct outbox_batch {
    std::size_t rows = 0;
    std::uint64_t bytes = 0;
    std::int64_t last_id = 0;  ///< Go on after it.
    bool more = false;         ///< There may be rows behind it.
    bool busy = false;         ///< Somebody else is at it, on a server that cannot skip locked rows: nothing was done.
};

struct outbox_size {
    std::uint64_t rows = 0;
    std::uint64_t stuck = 0;              ///< Of them, those put aside by `put_aside`.
    std::optional<base::time_ms> oldest;  ///< When it was written; whole seconds.
};

/// Owned by the composition; used on one event loop, like the pool.
class outbox {
public:
    /// Stores envelopes durably, oldest first, or fails; blocks for a bounded time. Called on a thread of the pool.
    using push = std::function<base::result<void>(std::vector<std::string>)>;

    /// The pool must outlive this.
    explicit outbox(pool& p, outbox_limits limits = {}) : pool_{p}, limits_{limits} {}

    /// Moves the oldest rows with an id above `after` that nobody else is moving. They are deleted only when `to` has
    /// taken them; when it has not, they stay, with its error in last_error, which is this call's error, too. Rows are
    /// locked meanwhile, yet no page that adds one waits. errc::not_found before `dormouse migrate`.
    [[nodiscard]] base::awaitable<base::result<outbox_batch>> move_batch(std::int64_t after, push to,
                                                                         base::deadline limit);

    /// Notes in last_error of rows that are too large to be moved why they stay. How many are new; a hundred at most.
    /// Reads every row that is left: call it when the others are gone.
    [[nodiscard]] base::awaitable<base::result<std::size_t>> put_aside(base::deadline limit);

    [[nodiscard]] base::awaitable<base::result<outbox_size>> size(base::deadline limit);

private:
    pool& pool_;
    outbox_limits limits_;
};

}  // namespace dormouse::site
