#include "site/deliveries.hpp"

#include "base/log.hpp"
#include "site/connection.hpp"
#include "site/delivery_writer.hpp"
#include "site/pool.hpp"
#include "site/table_shape.hpp"
#include "site/text_column.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <deque>

namespace dormouse::site {

namespace {
constexpr auto window = base::ms{2};
constexpr std::size_t most_in_batch = 256;
constexpr std::array retry_pauses{base::ms{20}, base::ms{100}};

std::size_t size_of(const delivery_row& r) {
    return sizeof r + r.payload.size() + r.response_body.size() + r.reason.size() + r.event.size();
}

/// Lowers a flag when a coroutine ends, however it ends.
class raised {
public:
    explicit raised(bool& flag) : flag_{flag} { flag_ = true; }
    ~raised() { flag_ = false; }
    raised(const raised&) = delete;
    raised& operator=(const raised&) = delete;

private:
    bool& flag_;
};
}  // namespace

/// Shared with the coroutine that writes, which may end after its owner.
class deliveries::impl : public std::enable_shared_from_this<impl> {
public:
    impl(pool& p, boost::asio::any_io_executor executor, spool_limits room)
        : pool_{p},
          executor_{std::move(executor)},
          room_{room},
          tables_{p.table("dormouse_delivery"), p.table("dormouse_hook"), p.table("memberlux_hook_action")} {}

    base::awaitable<base::result<hook_health>> record(delivery_row row, base::deadline limit);
    base::awaitable<void> flush(base::deadline limit);
    [[nodiscard]] std::size_t spooled() const noexcept { return spool_.size() + left_; }
    [[nodiscard]] const delivery_counters& counters() const noexcept { return counters_; }

private:
    /// A row and who waits for it. The timer is a condition variable whose limit is the waiter's.
    struct entry {
        entry(const boost::asio::any_io_executor& executor, delivery_row r, base::deadline limit)
            : row{std::make_shared<const delivery_row>(std::move(r))}, bell{executor, limit.at()} {}
        std::shared_ptr<const delivery_row> row;
        base::asio::steady_timer bell;
        std::optional<base::result<hook_health>> answer;
        bool left = false;  ///< The waiter went before the answer.
    };
    using entries = std::vector<std::shared_ptr<entry>>;
    struct spooled_row {
        std::shared_ptr<const delivery_row> row;
        bool maybe_written;
    };
    /// The end of trying to write some rows.
    struct verdict {
        std::optional<base::error> failed;
        bool maybe_written = false;
        written done;
    };

    base::awaitable<void> write_fresh();
    base::awaitable<void> settle_batch(entries batch);
    base::awaitable<verdict> write_patiently(delivery_batch rows);
    base::awaitable<verdict> write_once(delivery_batch rows, bool maybe_written, base::deadline limit);
    base::awaitable<verdict> write_spool_front(std::size_t count, base::deadline limit);
    base::awaitable<bool> sort_out_spool_front(std::size_t count, base::deadline limit);

    void answer(entry& e, base::result<hook_health> what);
    void put_aside(entry& e, const verdict& v);
    void say_refusal(const base::error& e, std::size_t rows);
    void say_what_is_missing(const written& w);
    [[nodiscard]] entries take_fresh();

    pool& pool_;
    boost::asio::any_io_executor executor_;
    spool_limits room_;
    delivery_tables tables_;
    std::deque<std::shared_ptr<entry>> fresh_;
    std::deque<spooled_row> spool_;
    std::size_t spool_bytes_ = 0;
    std::size_t left_ = 0;
    bool writing_ = false;
    bool flushing_ = false;
    bool said_missing_ = false;
    std::string said_refusal_;
    delivery_counters counters_;
};

base::awaitable<base::result<hook_health>> deliveries::impl::record(delivery_row row, base::deadline limit) {
    const auto self = shared_from_this();
    row.response_body = fit_text(row.response_body, {}, stored_body_bytes);
    const auto e = std::make_shared<entry>(executor_, std::move(row), limit);
    fresh_.push_back(e);
    if (!writing_) {
        writing_ = true;
        base::asio::co_spawn(executor_, write_fresh(), base::asio::detached);
    }
    (void)co_await e->bell.async_wait(base::as_result);
    if (e->answer) co_return std::move(*e->answer);
    e->left = true;
    ++left_;
    if (limit.is_reached())
        co_return base::error{base::errc::unavailable, "the log row of job " + e->row->job_id + " is not written yet"};
    co_return base::error{base::errc::cancelled};
}

deliveries::impl::entries deliveries::impl::take_fresh() {
    const auto count = std::min(fresh_.size(), most_in_batch);
    const auto end = fresh_.begin() + static_cast<std::ptrdiff_t>(count);
    entries out{fresh_.begin(), end};
    fresh_.erase(fresh_.begin(), end);
    return out;
}

base::awaitable<void> deliveries::impl::write_fresh() {
    const auto self = shared_from_this();
    const raised busy{writing_};
    base::asio::steady_timer pause{executor_};
    while (!fresh_.empty()) {
        if (fresh_.size() < most_in_batch) {
            pause.expires_after(window);
            (void)co_await pause.async_wait(base::as_result);
        }
        co_await settle_batch(take_fresh());
    }
}

/// Writes a batch and answers everybody in it. If the database refuses it for good, one row may be to blame: each is
/// tried alone.
base::awaitable<void> deliveries::impl::settle_batch(entries batch) {
    delivery_batch rows;
    for (const auto& e : batch) rows.push_back(e->row);
    auto v = co_await write_patiently(rows);
    const bool alone = v.failed && !base::is_transient(v.failed->code) && batch.size() > 1;
    const bool dark = v.maybe_written;
    for (const auto& e : batch) {
        if (alone) v = co_await write_once({e->row}, dark, {});
        if (v.failed)
            put_aside(*e, v);
        else
            answer(*e, v.done.health[e->row->hook_id]);
    }
}

base::awaitable<deliveries::impl::verdict> deliveries::impl::write_patiently(delivery_batch rows) {
    auto v = co_await write_once(rows, false, {});
    base::asio::steady_timer pause{executor_};
    for (const auto wait : retry_pauses) {
        if (!v.failed || !base::is_transient(v.failed->code)) break;
        pause.expires_after(wait);
        (void)co_await pause.async_wait(base::as_result);
        v = co_await write_once(rows, v.maybe_written, {});
    }
    co_return v;
}

base::awaitable<deliveries::impl::verdict> deliveries::impl::write_once(delivery_batch rows, bool maybe_written,
                                                                        base::deadline limit) {
    const auto count = rows.size();
    auto done = co_await pool_.run(
        [&shapes = pool_.shapes(), tables = tables_, rows = std::move(rows),
         maybe_written](connection& c) -> base::result<written> {
            try {
                return write_deliveries(c, shapes, tables, rows, maybe_written);
            } catch (const base::failure& e) {
                if (e.get() != base::errc::not_found) throw;
                shapes.forget();
            }
            return write_deliveries(c, shapes, tables, rows, maybe_written);
        },
        limit);
    if (!done) {
        const auto& e = done.error();
        say_refusal(e, count);
        co_return verdict{e, maybe_written || base::is_transient(e.code), {}};
    }
    counters_.written += count;
    ++counters_.batches;
    said_refusal_.clear();
    say_what_is_missing(*done);
    co_return verdict{{}, false, std::move(*done)};
}

void deliveries::impl::answer(entry& e, base::result<hook_health> what) {
    if (e.left) --left_;
    e.answer = std::move(what);
    e.bell.cancel();
}

void deliveries::impl::put_aside(entry& e, const verdict& v) {
    const auto size = size_of(*e.row);
    if (spool_.size() >= room_.rows || spool_bytes_ + size > room_.bytes) {
        if (counters_.lost++ % most_in_batch == 0)
            base::log::error("site.delivery_row.lost",
                             {{"job", e.row->job_id}, {"lost", counters_.lost}, {"spooled", spool_.size()}});
    } else {
        spool_.push_back({e.row, v.maybe_written});
        spool_bytes_ += size;
        ++counters_.put_aside;
    }
    answer(e, base::error{base::errc::unavailable,
                          "the log row of job " + e.row->job_id + " was put aside: " + v.failed->message()});
}

/// Once per reason: a database that is away is away for many batches.
void deliveries::impl::say_refusal(const base::error& e, std::size_t rows) {
    auto reason = e.message();
    if (reason == said_refusal_) return;
    base::log::warn("site.delivery_rows.refused", {{"rows", rows}, {"error", reason}});
    said_refusal_ = std::move(reason);
}

void deliveries::impl::say_what_is_missing(const written& w) {
    if (!w.own_table && !said_missing_)
        base::log::warn("site.schema.missing",
                        {{"table", tables_.own}, {"do", "run `dormouse migrate` and grant SELECT, INSERT, UPDATE"}});
    said_missing_ = !w.own_table;
}

/// Takes the first `count` rows out of the spool if the database takes them.
base::awaitable<deliveries::impl::verdict> deliveries::impl::write_spool_front(std::size_t count,
                                                                               base::deadline limit) {
    delivery_batch rows;
    bool maybe_written = false;
    for (std::size_t i = 0; i < count; ++i) {
        rows.push_back(spool_[i].row);
        maybe_written = maybe_written || spool_[i].maybe_written;
    }
    auto v = co_await write_once(rows, maybe_written, limit);
    if (v.failed) {
        for (std::size_t i = 0; i < count; ++i) spool_[i].maybe_written = v.maybe_written;
        co_return v;
    }
    for (const auto& r : rows) spool_bytes_ -= size_of(*r);
    spool_.erase(spool_.begin(), spool_.begin() + static_cast<std::ptrdiff_t>(count));
    co_return v;
}

/// Row by row, so that one which the database will never take does not hold up the others; such rows go to the end.
/// False when the database stopped answering.
base::awaitable<bool> deliveries::impl::sort_out_spool_front(std::size_t count, base::deadline limit) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto v = co_await write_spool_front(1, limit);
        if (!v.failed) continue;
        if (base::is_transient(v.failed->code)) co_return false;
        spool_.push_back(std::move(spool_.front()));
        spool_.pop_front();
    }
    co_return true;
}

base::awaitable<void> deliveries::impl::flush(base::deadline limit) {
    const auto self = shared_from_this();
    if (flushing_) co_return;
    const raised busy{flushing_};
    auto unseen = spool_.size();
    while (unseen > 0 && !limit.is_reached()) {
        const auto count = std::min(unseen, most_in_batch);
        const auto v = co_await write_spool_front(count, limit);
        if (v.failed && base::is_transient(v.failed->code)) co_return;
        if (v.failed && !co_await sort_out_spool_front(count, limit)) co_return;
        unseen -= count;
    }
}

deliveries::deliveries(pool& p, boost::asio::any_io_executor executor, spool_limits room)
    : impl_{std::make_shared<impl>(p, std::move(executor), room)} {}

deliveries::~deliveries() {
    if (const auto rows = impl_->spooled(); rows > 0)
        base::log::error("site.delivery_rows.dropped_at_exit", {{"rows", rows}});
}

base::awaitable<base::result<hook_health>> deliveries::record(delivery_row row, base::deadline limit) {
    return impl_->record(std::move(row), limit);
}

std::size_t deliveries::spooled() const noexcept { return impl_->spooled(); }
base::awaitable<void> deliveries::flush(base::deadline limit) { return impl_->flush(limit); }
const delivery_counters& deliveries::counters() const noexcept { return impl_->counters(); }

}  // namespace dormouse::site
