#pragma once
// The scan's way through the site: what a run needs once, then level by level whose access ended, then page by page
// who of them is a sleeper. Nothing is written. Memory is bounded: 24 bytes for each of at most `most_at_once` users
// of one level, and for each certificate given by hand.

#include "base/async/awaitable.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "site/certificates.hpp"
#include "site/level_letters.hpp"
#include "site/scan_runs.hpp"
#include "site/sleeper_keys.hpp"
#include "site/sleeper_rules.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace dormouse::site {

class pool;

/// What all levels share, as it was at the beginning.
struct scan_ground {
    std::vector<level_settings> levels;  ///< That exist and are watched, ascending.
    certificates_by_hand by_hand;
    std::vector<std::int64_t> blocked;  ///< Ascending.
    key_table keys;
    std::int64_t rows_read = 0;
};

/// Users of a level whose keys have all ended, ascending.
struct level_part {
    std::vector<lapsed_user> lapsed;
    std::vector<std::int64_t> active_above;  ///< Those with an active key of an ancestor, ascending.
    std::int64_t rows_read = 0;
    bool is_last = false;  ///< Nobody of the level comes after them.
};

struct sleeper_page {
    std::vector<sleeper_row> sleepers;
    std::int64_t rows_read = 0;
};

/// Owned by the composition; used on one event loop, like the pool. Repeating any call is harmless.
class sleeper_pages {
public:
    static constexpr std::size_t most_at_once = 250'000;

    /// The pool must outlive this.
    sleeper_pages(pool& p, sleeper_options o) : pool_{p}, options_{o} {}

    /// Only of one level if asked.
    [[nodiscard]] base::awaitable<base::result<std::shared_ptr<const scan_ground>>> prepare(
        std::optional<std::int64_t> only_level, base::deadline limit);

    /// `level` is one of the ground's.
    [[nodiscard]] base::awaitable<base::result<std::shared_ptr<const level_part>>> read_part(
        std::shared_ptr<const scan_ground> ground, std::size_t level, day as_of, std::int64_t after,
        base::deadline limit);

    /// Judges `[from, from + most)` of the part.
    [[nodiscard]] base::awaitable<base::result<sleeper_page>> judge_page(std::shared_ptr<const scan_ground> ground,
                                                                         std::size_t level,
                                                                         std::shared_ptr<const level_part> part,
                                                                         std::size_t from, std::size_t most, day as_of,
                                                                         base::deadline limit);

    /// Statements the server is working on now, everybody's and this one.
    [[nodiscard]] base::awaitable<base::result<std::int64_t>> threads_running(base::deadline limit);

private:
    pool& pool_;
    sleeper_options options_;
};

}  // namespace dormouse::site
