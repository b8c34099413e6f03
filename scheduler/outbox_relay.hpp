#pragma once
// The duty `outbox-relay`: what pages wrote into the outbox table while Redis was away goes into the intake, oldest
// first, the whole backlog in one run (spec 4-scheduler, "Outbox"). A duty and not a job, because it is needed when
// jobs cannot be enqueued.

#include "queue/keys.hpp"
#include "scheduler/duty.hpp"
#include "site/outbox.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace dormouse::queue::redis {
class connection;
}

namespace dormouse::scheduler {

/// Used on the connection's event loop, which must turn on one thread.
class outbox_relay final : public duty {
public:
    /// For metrics, as of the last look.
    struct standing {
        bool known = false;      ///< Somebody has looked at the table.
        site::outbox_size left;  ///< Rows that wait.
        std::uint64_t moved = 0;
        std::uint64_t failures = 0;  ///< Runs that ended with an error.
    };

    /// Both must outlive this.
    outbox_relay(site::outbox& rows, queue::redis::connection& redis, queue::keys names)
        : rows_{rows}, redis_{redis}, names_{std::move(names)} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "outbox-relay"; }

    /// `moved=10000 left=0 stuck=0`. A row is deleted only when Redis has confirmed it; without an answer it stays and
    /// is moved again, which its id makes harmless. What Redis refuses or the database fails is the run's error, and
    /// says how many rows wait. What is no envelope is moved, too: admission keeps it among the dead jobs, with the
    /// reason. Rows above a MiB stay, are noted and counted as stuck, and hold up nobody.
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run& r) override;

    /// Looks at the table and moves nothing; for metrics, because no run begins while Redis is away. Says nothing of
    /// its failures: what was seen last stays.
    [[nodiscard]] base::awaitable<> refresh(base::deadline limit);

    [[nodiscard]] const standing& now() const noexcept { return standing_; }

private:
    struct progress;
    [[nodiscard]] site::outbox::push push_until(base::deadline limit) const;
    [[nodiscard]] base::awaitable<base::result<void>> move_all(base::deadline limit, progress& done);
    [[nodiscard]] base::awaitable<base::result<void>> look(base::deadline limit);

    site::outbox& rows_;
    queue::redis::connection& redis_;
    queue::keys names_;
    standing standing_;
};

}  // namespace dormouse::scheduler
