#pragma once
// Runs of the sleepers scan, `{prefix}dormouse_scan`, and what they found, `{prefix}dormouse_sleeper`.
//
//   begin -> running -> (add_page)* -> publish -> done        what readers see is the newest `done` run
//              |  ^                 \-> fail -> failed        whole, never half of one
//      release |  | begin (goes on where the cursor stands)
//              v  |
//            running, nobody's          older than a day: abandoned, and a new run begins
//
// At most one run is `running` (a unique key), and it is one process's: each claim raises its epoch, each write is
// fenced by it, so that whoever was taken over can write nothing more. Rows and cursor change in one transaction: a
// run whose process died goes on after its last page.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "site/days.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::site {

class pool;

/// A place in the order of pages: levels ascending, users of a level ascending.
struct sleeper_cursor {
    std::int64_t term_id = 0;
    std::int64_t user_id = 0;  ///< The last one that is behind us.

    friend bool operator==(const sleeper_cursor&, const sleeper_cursor&) = default;
};

struct scan_counts {
    std::int64_t levels = 0;     ///< That are watched.
    std::int64_t rows_read = 0;  ///< Rows the server looked at for us.
    std::int64_t sleepers = 0;
    std::int64_t added = 0;  ///< Not in the run published before (user, level and lapse).
    std::int64_t gone = 0;   ///< Only there.

    friend bool operator==(const scan_counts&, const scan_counts&) = default;
};

struct scan_run {
    std::int64_t id = 0;
    day as_of;
    std::string state;  ///< running, done, failed, abandoned
    sleeper_cursor cursor;
    scan_counts counts;
    base::time_ms started_at{};
    std::optional<base::time_ms> ended_at;
    std::string owner;  ///< Empty = nobody's.
    std::string note;

    friend bool operator==(const scan_run&, const scan_run&) = default;
};

struct sleeper_row {
    std::int64_t user_id = 0;
    std::int64_t term_id = 0;
    day lapse;     ///< The first day without access.
    int days = 0;  ///< From there to the run's as_of.
    std::int64_t key_id = 0;
    std::string flags;

    friend bool operator==(const sleeper_row&, const sleeper_row&) = default;
};

/// The right to write into a run, until somebody else takes it.
struct scan_claim {
    std::int64_t run = 0;
    std::int64_t epoch = 0;
    day as_of;
    sleeper_cursor cursor;  ///< Where to go on; zeros = at the start.
    scan_counts counts;     ///< So far.
};

/// Owned by the composition; used on one event loop, like the pool.
class scan_runs {
public:
    /// A run that shows no life for so long (by the server's clock) may be taken over by anybody.
    static constexpr base::ms silent = std::chrono::minutes{10};
    /// Largest page.
    static constexpr std::size_t most_rows = 5'000;

    /// The pool must outlive this.
    explicit scan_runs(pool& p) : pool_{p} {}

    /// The run that counts: the newest that is done. Empty = no scan has ended yet.
    [[nodiscard]] base::awaitable<base::result<std::optional<scan_run>>> published(base::deadline limit = {});

    /// The newest runs of any state, the newest first.
    [[nodiscard]] base::awaitable<base::result<std::vector<scan_run>>> newest(std::size_t most,
                                                                              base::deadline limit = {});

    /// Sleepers of a run after a place, in its order, at most `most`; only of one level if asked. Empty = the end.
    [[nodiscard]] base::awaitable<base::result<std::vector<sleeper_row>>> page(
        std::int64_t run, sleeper_cursor after, std::size_t most, std::optional<std::int64_t> only_level = {},
        base::deadline limit = {});

    /// Takes up the run that is under way, or begins a new one for `as_of`. errc::conflict, with its owner, while
    /// another process is at it; `take_over`: it is known to be dead. A run of another account of the day than
    /// `as_of` or the day before it is abandoned.
    [[nodiscard]] base::awaitable<base::result<scan_claim>> begin(day as_of, std::string owner, bool take_over,
                                                                  base::time_ms now, base::deadline limit = {});

    /// Adds what was found up to `cursor` and moves there. errc::conflict: the claim is not ours any more, nothing
    /// was written. Not to be repeated after errc::connection_lost: begin again, which tells where the run stands.
    [[nodiscard]] base::awaitable<base::result<void>> add_page(scan_claim claim, std::vector<sleeper_row> rows,
                                                               sleeper_cursor cursor, scan_counts counts,
                                                               base::deadline limit = {});

    /// A sign of life while there is nothing to add.
    [[nodiscard]] base::awaitable<base::result<void>> touch(scan_claim claim, base::deadline limit = {});

    /// Gives the claim back; whoever begins next goes on. Nothing happens if it is not ours any more.
    [[nodiscard]] base::awaitable<base::result<void>> release(scan_claim claim, std::string note,
                                                              base::deadline limit = {});

    /// Compares with the run published before, level by level, and makes this one the published run by one UPDATE.
    /// Its counts as they are then.
    [[nodiscard]] base::awaitable<base::result<scan_counts>> publish(scan_claim claim, scan_counts counts,
                                                                     base::time_ms now, base::deadline limit = {});

    /// Ends the run for good: going on would fail in the same way.
    [[nodiscard]] base::awaitable<base::result<void>> fail(scan_claim claim, std::string note, base::time_ms now,
                                                           base::deadline limit = {});

private:
    pool& pool_;
};

}  // namespace dormouse::site
