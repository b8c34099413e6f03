#include "scheduler/sleepers/scan.hpp"

#include "base/log.hpp"
#include "base/redact.hpp"
#include "site/pool.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace dormouse::scheduler {

namespace {
// To give a claim back when the limit of the run is over.
constexpr auto last_words = std::chrono::seconds{10};
}  // namespace

std::string to_line(const scan_report& r) {
    const auto& c = r.counts;
    return "as_of=" + site::to_text(r.as_of) + " levels=" + std::to_string(c.levels) +
           " sleepers=" + std::to_string(c.sleepers) + " added=" + std::to_string(c.added) +
           " gone=" + std::to_string(c.gone) + " rows_read=" + std::to_string(c.rows_read);
}

config::database_settings database_for_scan(config::database_settings d, const config::sleepers_settings& s) {
    d.connections = 1;
    d.statement_timeout = s.statement_timeout;
    return d;
}

/// Where a walk stands.
struct sleepers_scan::asked {
    site::day as_of;
    std::optional<std::int64_t> only_level;
    site::sleeper_cursor cursor;
    site::scan_counts counts;
};

/// Who gets the pages.
class sleepers_scan::sink {
public:
    virtual ~sink() = default;
    virtual base::awaitable<base::result<void>> take(std::vector<site::sleeper_row> rows, const asked& at,
                                                     base::deadline limit) = 0;
    /// While there is nothing to take.
    virtual base::awaitable<base::result<void>> show_life(base::deadline limit) = 0;
};

class sleepers_scan::table_sink final : public sink {
public:
    table_sink(site::scan_runs& runs, site::scan_claim claim) : runs_{runs}, claim_{claim} {}
    base::awaitable<base::result<void>> take(std::vector<site::sleeper_row> rows, const asked& at,
                                             base::deadline limit) override {
        return runs_.add_page(claim_, std::move(rows), at.cursor, at.counts, limit);
    }
    base::awaitable<base::result<void>> show_life(base::deadline limit) override { return runs_.touch(claim_, limit); }

private:
    site::scan_runs& runs_;
    site::scan_claim claim_;
};

class sleepers_scan::reader_sink final : public sink {
public:
    explicit reader_sink(reader read) : read_{std::move(read)} {}
    base::awaitable<base::result<void>> take(std::vector<site::sleeper_row> rows, const asked&,
                                             base::deadline) override {
        if (!rows.empty()) read_(rows);
        co_return base::result<void>{};
    }
    base::awaitable<base::result<void>> show_life(base::deadline) override { co_return base::result<void>{}; }

private:
    reader read_;
};

sleepers_scan::sleepers_scan(site::pool& p, const config::sleepers_settings& s, base::clock& c)
    : settings_{s}, clock_{c}, pages_{p, site::options_of(s)}, runs_{p} {}

base::awaitable<base::result<void>> sleepers_scan::wait_for_calm(sink& to, base::deadline limit) {
    base::asio::steady_timer pause{co_await base::asio::this_coro::executor};
    for (;;) {
        const auto running = co_await pages_.threads_running(limit);
        if (!running) co_return running.error();
        if (*running <= settings_.threads_running) co_return base::result<void>{};
        base::log::debug("scan.waits", {{"threads_running", *running}});
        if (auto alive = co_await to.show_life(limit); !alive) co_return alive.error();
        pause.expires_after(std::min<std::chrono::nanoseconds>(settings_.pause, limit.left()));
        if (const auto [cancelled] = co_await pause.async_wait(base::as_result); cancelled)
            co_return base::error{base::errc::cancelled, "stopped between two pages"};
    }
}

base::awaitable<base::result<void>> sleepers_scan::walk_level(asked& a, std::shared_ptr<const site::scan_ground> ground,
                                                              std::size_t level, sink& to, base::deadline limit) {
    const auto page_size = static_cast<std::size_t>(settings_.page);
    const auto term_id = ground->levels.at(level).term_id;
    if (a.cursor.term_id != term_id) a.cursor = {term_id, 0};
    for (bool is_last = false; !is_last;) {
        if (auto calm = co_await wait_for_calm(to, limit); !calm) co_return calm.error();
        const auto read = co_await pages_.read_part(ground, level, a.as_of, a.cursor.user_id, limit);
        if (!read) co_return read.error();
        const auto& part = *read;
        a.counts.rows_read += part->rows_read;
        is_last = part->is_last;
        for (std::size_t from = 0; from < part->lapsed.size(); from += page_size) {
            if (from > 0)
                if (auto calm = co_await wait_for_calm(to, limit); !calm) co_return calm.error();
            auto page = co_await pages_.judge_page(ground, level, part, from, page_size, a.as_of, limit);
            if (!page) co_return page.error();
            a.cursor.user_id = part->lapsed[std::min(from + page_size, part->lapsed.size()) - 1].user_id;
            a.counts.rows_read += page->rows_read;
            a.counts.sleepers += static_cast<std::int64_t>(page->sleepers.size());
            if (auto taken = co_await to.take(std::move(page->sleepers), a, limit); !taken) co_return taken.error();
        }
    }
    co_return base::result<void>{};
}

base::awaitable<base::result<site::scan_counts>> sleepers_scan::walk(asked a, sink& to, base::deadline limit) {
    const auto prepared = co_await pages_.prepare(a.only_level, limit);
    if (!prepared) co_return prepared.error();
    const auto& ground = *prepared;
    a.counts.levels = static_cast<std::int64_t>(ground->levels.size());
    a.counts.rows_read += ground->rows_read;
    for (std::size_t level = 0; level < ground->levels.size(); ++level) {
        if (ground->levels[level].term_id < a.cursor.term_id) continue;
        if (auto alive = co_await to.show_life(limit); !alive) co_return alive.error();
        if (auto done = co_await walk_level(a, ground, level, to, limit); !done) co_return done.error();
    }
    co_return a.counts;
}

base::awaitable<base::result<scan_report>> sleepers_scan::walk_and_publish(site::scan_claim claim,
                                                                           base::deadline limit) {
    table_sink to{runs_, claim};
    const asked from{claim.as_of, {}, claim.cursor, claim.counts};
    const auto walked = co_await walk(from, to, limit);
    if (!walked) co_return walked.error();
    const auto counts = co_await runs_.publish(claim, *walked, clock_.now(), limit);
    if (!counts) co_return counts.error();
    co_return scan_report{claim.run, claim.as_of, *counts, {}};
}

/// Time heals most errors, and another process that has the claim needs nothing from us.
base::awaitable<> sleepers_scan::put_down(site::scan_claim claim, base::error why) {
    const auto limit = base::deadline::after(last_words);
    const auto note = base::redact(why.message());
    if (why == base::errc::conflict) co_return;
    if (base::is_transient(why.code) || why == base::errc::cancelled)
        (void)co_await runs_.release(claim, note, limit);
    else
        (void)co_await runs_.fail(claim, note, clock_.now(), limit);
}

base::awaitable<base::result<scan_report>> sleepers_scan::publish(site::day as_of, std::string owner, bool take_over,
                                                                  base::deadline limit) {
    const auto began = base::deadline::clock_type::now();
    const auto claim = co_await runs_.begin(as_of, std::move(owner), take_over, clock_.now(), limit);
    if (!claim) co_return claim.error();
    const bool resumed = claim->cursor != site::sleeper_cursor{};
    base::log::info("scan.began", {{"run", claim->run}, {"as_of", site::to_text(claim->as_of)}, {"resumed", resumed}});

    base::result<scan_report> done = base::error{base::errc::cancelled, "stopped"};
    std::exception_ptr cut_off;
    try {
        done = co_await walk_and_publish(*claim, limit);
    } catch (...) {
        cut_off = std::current_exception();  // cancelled: an await threw
    }
    if (!done) {
        if (done.error() == base::errc::timed_out && limit.is_reached())
            done = base::error{base::errc::timed_out, "the scan's time is up; the next run goes on where it stands"};
        co_await base::shield();
        co_await put_down(*claim, done.error());
        if (cut_off) std::rethrow_exception(cut_off);
        co_return done.error();
    }
    done->took = std::chrono::duration_cast<base::ms>(base::deadline::clock_type::now() - began);
    base::log::info("scan.published",
                    {{"run", done->run}, {"took_ms", done->took.count()}, {"counts", to_line(*done)}});
    co_return done;
}

base::awaitable<base::result<scan_report>> sleepers_scan::look(site::day as_of, std::optional<std::int64_t> level,
                                                               reader read, base::deadline limit) {
    const auto began = base::deadline::clock_type::now();
    reader_sink to{std::move(read)};
    const asked from{as_of, level, {}, {}};
    const auto counts = co_await walk(from, to, limit);
    if (!counts) co_return counts.error();
    const auto took = base::deadline::clock_type::now() - began;
    co_return scan_report{0, as_of, *counts, std::chrono::duration_cast<base::ms>(took)};
}

}  // namespace dormouse::scheduler
