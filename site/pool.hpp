#pragma once
// The site's database for the event loop: a few blocking threads, each call on one of as many connections.
// A call that finds none free waits in line on the event loop, where its deadline and its cancellation count; a call
// that has begun is bounded on the server (max_statement_time), at the latest by the client's read timeout, and its
// caller waits for its end.

#include "base/async/awaitable.hpp"
#include "base/async/blocking_pool.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace dormouse::site {

class connection;
class table_shapes;

/// What to do when the connection breaks during a call. `repeat`: run it once more from its start on a new
/// connection; only for calls that may be done twice.
enum class on_loss { fail, repeat };

/// For metrics.
struct pool_counters {
    std::size_t in_use = 0;
    std::size_t waiting = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t connections_lost = 0;
};

template <class F>
concept database_call = requires(F f, connection& c) {
    { f(c).has_error() } -> std::convertible_to<bool>;
};

/// Owned by the composition (cli); used on one event loop. Connects on first use, so a server that is down at the
/// start is an error of the first call. Destroy it after the loop has run dry; the destructor waits for running calls.
class pool {
public:
    /// Throws `base::failure` (errc::invalid_argument) for a table prefix that is none.
    explicit pool(config::database_settings settings);
    ~pool();
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// Runs `f(connection&)`, which returns a `result`, on a thread of the pool and gives its value. `f` must own what
    /// it uses or the caller must outlive it: it runs to its end even if the caller is cancelled. What a connection
    /// throws inside `f` comes back as its error. errc::timed_out when no connection was free before `limit`, or when
    /// a statement took longer than the time left; errc::cancelled when the caller was cancelled in line.
    template <database_call F>
    [[nodiscard]] base::awaitable<std::invoke_result_t<F&, connection&>> run(F f, base::deadline limit = {},
                                                                             on_loss loss = on_loss::fail) {
        auto taken = co_await check_out(limit);
        if (!taken) co_return base::fail(std::move(taken));
        co_return co_await threads_.run([this, slot = taken->slot(), limit, loss, f = std::move(f)]() mutable {
            using value = std::invoke_result_t<F&, connection&>;
            const auto once = [&]() -> value { return guarded<value>(slot, limit, f); };
            auto out = once();
            const bool again = loss == on_loss::repeat && out.has_error() && out.error() == base::errc::connection_lost;
            return again ? once() : std::move(out);
        });
    }

    [[nodiscard]] const config::database_settings& settings() const noexcept { return settings_; }
    /// `{prefix}name`, the table's full name.
    [[nodiscard]] std::string table(std::string_view name) const { return settings_.prefix + std::string{name}; }
    /// What the tables look like; thread-safe.
    [[nodiscard]] table_shapes& shapes() noexcept { return *shapes_; }
    [[nodiscard]] pool_counters counters() const;

private:
    class line;
    /// A connection's place, given back to the line when this goes.
    class lease {
    public:
        lease(std::shared_ptr<line> from, std::size_t slot) : from_{std::move(from)}, slot_{slot} {}
        lease(lease&&) noexcept = default;
        lease& operator=(lease&&) noexcept = default;
        ~lease();
        [[nodiscard]] std::size_t slot() const noexcept { return slot_; }

    private:
        std::shared_ptr<line> from_;
        std::size_t slot_;
    };
    struct member;

    [[nodiscard]] base::awaitable<base::result<lease>> check_out(base::deadline limit);

    /// The one place where the room's exceptions become results.
    template <class Value, class F>
    Value guarded(std::size_t slot, base::deadline limit, F& f) {
        try {
            return f(begin(slot, limit));
        } catch (const base::failure& e) {
            failed(slot, e.get());
            return e.get();
        }
    }
    connection& begin(std::size_t slot, base::deadline limit);
    void failed(std::size_t slot, const base::error& e) noexcept;

    config::database_settings settings_;
    std::unique_ptr<table_shapes> shapes_;
    std::vector<std::unique_ptr<member>> members_;
    std::shared_ptr<line> line_;
    base::blocking_pool threads_;
};

}  // namespace dormouse::site
