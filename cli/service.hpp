#pragma once
// The frame of a process that serves until it is told to stop: event loop, admin server, signals, systemd. What it does
// is its parts': a worker, a scheduler, or both.

#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "base/async/awaitable.hpp"
#include "cli/exit_code.hpp"
#include "config/settings.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::admin {
class depth_source;
class http_server;
}  // namespace dormouse::admin
namespace dormouse::queue {
class operations;
namespace redis {
class connection;
}
}  // namespace dormouse::queue

namespace dormouse::cli {

/// One of the things that a process does. Lives on the service's event loop, and until that has run dry.
class service_part {
public:
    service_part() = default;
    service_part(const service_part&) = delete;
    service_part& operator=(const service_part&) = delete;
    virtual ~service_part() = default;

    /// Adds its conditions of readiness and its metrics.
    virtual void describe(admin::health& h, admin::metrics_page& m) = 0;
    /// Until `stop` and the drain that follows have ended.
    [[nodiscard]] virtual base::awaitable<> live() = 0;
    virtual void stop() = 0;
    /// The settings' signing keys have changed.
    virtual void reload() {}
    /// Nothing of it may call this address, which is the process' own.
    virtual void forbid(const boost::asio::ip::tcp::endpoint& /*own*/) {}
    /// Another number whenever it has got on; what feeds the watchdog, together with tries to reach Redis.
    [[nodiscard]] virtual std::uint64_t progress() = 0;
    [[nodiscard]] virtual queue::redis::connection& connection() = 0;
};

/// Make it first, then its parts, then `run`.
class service {
public:
    service(config::settings s, std::filesystem::path config_file);
    ~service();
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    [[nodiscard]] boost::asio::io_context::executor_type executor() { return io_.get_executor(); }
    /// The signing keys in it change with SIGHUP, nothing else.
    [[nodiscard]] const config::settings& settings() const noexcept { return settings_; }

    /// Until SIGTERM or SIGINT and the drain that follows; a second signal ends the process at once. SIGHUP reads the
    /// configuration again and takes over its signing keys. `listen`: as admin.listen. Throws `base::failure` when the
    /// address is taken.
    [[nodiscard]] exit_code run(std::vector<service_part*> parts, const std::string& listen);

private:
    struct running_part {
        service_part* it;
        std::uint64_t progress_seen = 0;
        bool ended = false;
    };

    void open_admin(const std::string& listen);
    void wait_for_signal();
    void reload();
    void on_end(running_part& p);
    [[nodiscard]] base::awaitable<> feed_watchdog();

    config::settings settings_;
    std::filesystem::path config_file_;
    boost::asio::io_context io_{1};
    std::vector<running_part> parts_;
    std::unique_ptr<queue::operations> operations_;
    admin::health health_;
    std::unique_ptr<admin::depth_source> depth_;
    std::optional<admin::metrics_page> page_;
    std::unique_ptr<admin::http_server> server_;
    boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
    bool stopping_ = false;
};

}  // namespace dormouse::cli
