#include "site/sleeper_pages.hpp"

#include "site/connection.hpp"
#include "site/pool.hpp"

#include <algorithm>
#include <span>

namespace dormouse::site {

namespace {

/// Rows the server has looked at for this session, so far.
std::int64_t rows_looked_at(connection& c) {
    std::int64_t sum = 0;
    for (const auto& r : c.query("SHOW SESSION STATUS LIKE 'Handler\\_read\\_%'")) sum += r.number(1).value_or(0);
    return sum;
}

/// Runs `read` and tells the rows it cost.
template <class F>
std::int64_t rows_of(connection& c, F read) {
    const auto before = rows_looked_at(c);
    read();
    return rows_looked_at(c) - before;
}

std::vector<level_settings> watched(std::vector<level_settings> levels, std::optional<std::int64_t> only) {
    std::erase_if(levels,
                  [&](const level_settings& l) { return !l.exists || !l.enabled || (only && l.term_id != *only); });
    return levels;
}

scan_ground read_ground(connection& c, const tables& t, const sleeper_options& o, std::optional<std::int64_t> only) {
    scan_ground out;
    out.rows_read = rows_of(c, [&] {
        out.keys = find_key_table(c, t);
        out.levels = watched(read_levels(c, t, level_detail::rules), only);
        out.by_hand = read_certificates_by_hand(c, t, out.levels, o.ledger);
        out.users = read_users(c, t);
        if (o.blocked) out.blocked = read_blocked(c, t);
    });
    return out;
}

/// One page of a level: what is asked of the database for all of its users at once.
class page_judge {
public:
    page_judge(connection& c, const sleeper_options& o, const scan_ground& g, const level_settings& level, day as_of)
        : connection_{c}, options_{o}, ground_{g}, level_{level}, as_of_{as_of} {}

    [[nodiscard]] sleeper_page judge_all(std::span<const lapsed_user> page, std::span<const user_set> active_above) {
        sleeper_page out;
        out.rows_read = read_starts(page);
        for (const auto& u : page) {
            const auto v = judge(summary(u, active_above), options_, as_of_);
            if (v.is_sleeper)
                out.sleepers.push_back({u.user_id, level_.term_id, u.last_end, v.days, v.key_id, v.flags});
        }
        return out;
    }

private:
    [[nodiscard]] bool all_certificates_count() const noexcept {
        return options_.certificate_rule == sleeper_options::certificates::any;
    }

    /// When the access began of those whose certificate may be older than that; by their rows, for few need it. What it
    /// cost.
    std::int64_t read_starts(std::span<const lapsed_user> page) {
        if (all_certificates_count()) return 0;
        std::vector<std::int64_t> holders;
        for (const auto& u : page)
            if (ground_.by_hand.find(level_.term_id, u.user_id) != nullptr) holders.push_back(u.user_id);
        if (holders.empty()) return 0;
        return rows_of(connection_, [&] {
            for (const auto& [id, keys] : read_keys(connection_, ground_.keys, holders, std::span{&level_.term_id, 1}))
                starts_[id] = access_start(keys);
        });
    }

    [[nodiscard]] sleeper_summary summary(const lapsed_user& u, std::span<const user_set> active_above) const {
        sleeper_summary s;
        s.level_exists = s.level_enabled = s.any_key = true;
        s.last_end = u.last_end;
        s.key_id = u.key_id;
        s.active_above = std::ranges::any_of(
            active_above, [&](const user_set& above) { return std::ranges::binary_search(*above, u.user_id); });
        s.user_exists = ground_.users.contains(u.user_id);
        s.blocked = std::ranges::binary_search(ground_.blocked, u.user_id);
        if (const auto* held = ground_.by_hand.find(level_.term_id, u.user_id)) {
            const auto start = starts_.find(u.user_id);
            const bool counts = start == starts_.end() || !start->second || held->newest >= *start->second;
            (counts ? s.certified : s.certified_before) = true;
        }
        return s;
    }

    connection& connection_;
    const sleeper_options& options_;
    const scan_ground& ground_;
    const level_settings& level_;
    day as_of_;
    std::map<std::int64_t, std::optional<day>> starts_;
};

}  // namespace

/// Who is active above: read once for all levels below an ancestor, as far as memory allows. Used by one call at a
/// time, on whatever thread of the pool.
class sleeper_pages::ancestors {
public:
    [[nodiscard]] std::vector<user_set> of(connection& c, const key_table& k, std::span<const std::int64_t> levels,
                                           day as_of) {
        std::vector<user_set> out;
        for (const auto level : levels) out.push_back(of(c, k, level, as_of));
        return out;
    }
    void forget() {
        known_.clear();
        kept_ = 0;
    }

private:
    [[nodiscard]] user_set of(connection& c, const key_table& k, std::int64_t level, day as_of) {
        const auto found = known_.find({level, as_of});
        if (found != known_.end()) return found->second;
        auto read = std::make_shared<const std::vector<std::int64_t>>(read_active(c, k, level, as_of));
        if (kept_ + read->size() > most_above) forget();
        kept_ += read->size();
        return known_.emplace(std::pair{level, as_of}, std::move(read)).first->second;
    }

    std::map<std::pair<std::int64_t, day>, user_set> known_;
    std::size_t kept_ = 0;
};

sleeper_pages::sleeper_pages(pool& p, sleeper_options o)
    : pool_{p}, options_{o}, ancestors_{std::make_shared<ancestors>()} {}

base::awaitable<base::result<std::shared_ptr<const scan_ground>>> sleeper_pages::prepare(
    std::optional<std::int64_t> only_level, base::deadline limit) {
    ancestors_->forget();
    co_return co_await pool_.run(
        [t = tables_of(pool_), o = options_,
         only_level](connection& c) -> base::result<std::shared_ptr<const scan_ground>> {
            return std::make_shared<const scan_ground>(read_ground(c, t, o, only_level));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::shared_ptr<const level_part>>> sleeper_pages::read_part(
    std::shared_ptr<const scan_ground> ground, std::size_t level, day as_of, std::int64_t after, base::deadline limit) {
    co_return co_await pool_.run(
        [ground = std::move(ground), above = ancestors_, use_above = options_.ancestors, level, as_of,
         after](connection& c) -> base::result<std::shared_ptr<const level_part>> {
            const auto& at = ground->levels.at(level);
            level_part out;
            out.rows_read = rows_of(c, [&] {
                out.lapsed = read_lapsed(c, ground->keys, at.term_id, as_of, after, most_at_once);
                if (use_above && !out.lapsed.empty())
                    out.active_above = above->of(c, ground->keys, at.ancestors, as_of);
            });
            out.is_last = out.lapsed.size() < most_at_once;
            return std::make_shared<const level_part>(std::move(out));
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<sleeper_page>> sleeper_pages::judge_page(std::shared_ptr<const scan_ground> ground,
                                                                      std::size_t level,
                                                                      std::shared_ptr<const level_part> part,
                                                                      std::size_t from, std::size_t most, day as_of,
                                                                      base::deadline limit) {
    co_return co_await pool_.run(
        [o = options_, ground = std::move(ground), part = std::move(part), level, from, most,
         as_of](connection& c) -> base::result<sleeper_page> {
            const auto whole = std::span{part->lapsed};
            const auto page = whole.subspan(from, std::min(most, whole.size() - from));
            return page_judge{c, o, *ground, ground->levels.at(level), as_of}.judge_all(page, part->active_above);
        },
        limit, on_loss::repeat);
}

base::awaitable<base::result<std::int64_t>> sleeper_pages::threads_running(base::deadline limit) {
    co_return co_await pool_.run(
        [](connection& c) -> base::result<std::int64_t> {
            const auto rows = c.query("SHOW GLOBAL STATUS LIKE 'Threads_running'");
            return rows.empty() ? std::int64_t{0} : rows.front().number(1).value_or(0);
        },
        limit, on_loss::repeat);
}

}  // namespace dormouse::site
