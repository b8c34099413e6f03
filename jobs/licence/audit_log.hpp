#pragma once
// The file that says what was told to the licence server, one line per attempt of a period push:
//
//   2026-11-21T04:00:00Z PERIOD PUSH subscription=wc_sub_12 version=3 period=month interval=1
//   next=2026-12-21T10:00:00Z attempt=2 status=200 updated=1 result=ok          (in one line; `-` = unknown)
//
// It holds numbers and words of ours alone: no secret, no address, nothing that a server has said.

#include "base/async/awaitable.hpp"
#include "base/async/blocking_pool.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "jobs/licence/args.hpp"
#include "queue/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace dormouse::jobs::licence {

struct audit_entry {
    base::time_ms at;
    std::int64_t subscription_id = 0;
    std::int64_t version = 0;
    std::optional<billing_period> period{};
    int attempt = 1;
    int status = 0;  ///< 0 = nobody was asked, or nobody answered.
    std::optional<std::int64_t> updated{};
    queue::outcome::verb what = queue::outcome::verb::done;
    std::string reason{};
};

/// The line with its newline. `result=` is ok, retry, defer, dead or drop; all but ok name their `reason=`. Pure.
[[nodiscard]] std::string audit_line(const audit_entry& e);

/// Opens the file by its path for every line, so that it may be renamed at any time (logrotate), and appends with one
/// write, so that lines of several workers stay whole.
[[nodiscard]] base::result<void> append_line(const std::string& path, const std::string& line);

/// Writes on a thread of its own. Used on one event loop; destroy it after the loop has run dry.
class audit_log {
public:
    explicit audit_log(std::string path) : path_{std::move(path)} {}

    /// A line that cannot be written is logged and lost; the job goes on. Cancelling waits for the write.
    [[nodiscard]] base::awaitable<> write(audit_entry e);

private:
    std::string path_;
    base::blocking_pool thread_{1};
};

}  // namespace dormouse::jobs::licence
