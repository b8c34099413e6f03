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
#include "site/site_users.hpp"
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
    user_ids users;
    std::vector<std::int64_t> blocked;  ///< Ascending.
    key_table keys;
    std::int64_t rows_read = 0;
};

/// Ascending; shared by the levels below one ancestor.
using user_set = std::shared_ptr<const std::vector<std::int64_t>>;

/// Users of a level whose keys have all ended, ascending.
struct level_part {
    std::vector<lapsed_user> lapsed;
    std::vector<user_set> active_above;  ///< Of each ancestor, who has an active key of it.
    std::int64_t rows_read = 0;
    bool is_last = false;  ///< Nobody of the level comes after them.
};

struct sleeper_page {
    std::vector<sleeper_row> sleepers;
    std::int64_t rows_read = 0;
};

/// Owned by the composition; used on one event loop, like the pool, one call at a time. Repeating any call is harmless.
class sleeper_pages {
public:
    static constexpr std::size_t most_at_once = 250'000;
    static constexpr std::size_t most_above = 1'000'000;

    /// The pool must outlive this.
    sleeper_pages(pool& p, sleeper_options o);

    /// Only of one level if asked. What an earlier walk has kept of ancestors is forgotten.
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
    class ancestors;
    pool& pool_;
    sleeper_options options_;
    std::shared_ptr<ancestors> ancestors_;
};

}  // namespace dormouse::site
