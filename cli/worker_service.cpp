#include "cli/worker_service.hpp"

#include "admin/depth_source.hpp"
#include "admin/health.hpp"
#include "admin/http_server.hpp"
#include "admin/metrics.hpp"
#include "admin/pages.hpp"
#include "base/async/event.hpp"
#include "base/async/periodic.hpp"
#include "base/async/spawn.hpp"
#include "base/log.hpp"
#include "cli/systemd_notify.hpp"
#include "cli/version.hpp"
#include "config/load.hpp"
#include "jobs/registry.hpp"
#include "net/http_client.hpp"
#include "queue/operations.hpp"
#include "site/charges.hpp"
#include "site/deliveries.hpp"
#include "site/hooks.hpp"
#include "site/pool.hpp"
#include "site/subscriptions.hpp"
#include "worker/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <csignal>
#include <cstdlib>

namespace dormouse::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto flush_every = 2s;
constexpr auto last_flush = 5s;
// No answered round trip for so long, while connected: the worker is alive but does not consume (promise 9).
constexpr auto longest_silence = 15s;
constexpr int exit_by_signal = 128;

std::vector<std::string> queue_names(const config::settings& s) {
    std::vector<std::string> out;
    out.reserve(s.worker.queues.size());
    for (const auto& q : s.worker.queues) out.push_back(q.name);
    return out;
}

std::optional<boost::asio::ip::tcp::endpoint> tcp_endpoint(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos || address.starts_with("unix:")) return std::nullopt;
    auto host = address.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    boost::system::error_code code;
    const auto ip = boost::asio::ip::make_address(host, code);
    if (code) return std::nullopt;
    return boost::asio::ip::tcp::endpoint{ip, static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1)))};
}

/// Everything of one worker process. The members' order is the order of their needs.
class worker_service {
public:
    worker_service(config::settings s, std::filesystem::path config_file)
        : settings_{std::move(s)},
          config_file_{std::move(config_file)},
          http_{io_.get_executor(), settings_.net},
          pool_{settings_.site.database},
          hooks_{pool_},
          deliveries_{pool_, io_.get_executor()},
          charges_{pool_},
          subscriptions_{pool_},
          kinds_{jobs::make_registry({http_, hooks_, deliveries_, settings_, charges_, subscriptions_, pool_})},
          counts_{kinds_.kinds(), queue_names(settings_)},
          worker_{worker::worker::parts{io_.get_executor(), settings_, kinds_, counts_, base::system_clock(), random_}},
          operations_{worker_.connection(), settings_},
          depth_{io_.get_executor(), [this] { return operations_.depth(); }},
          page_{depth_, {std::string{version}, base::system_clock().now()}} {
        describe_health();
        page_.add([this] { return counts_.collect(); });
        page_.add([this] { return admin::http_client_families(http_.counters()); });
    }

    exit_code run() {
        if (settings_.admin.enabled) open_admin();
        wait_for_signal();
        const auto on = io_.get_executor();
        base::spawn(on, "worker.flush", base::run_periodically("site.flush", flush_every, [this] { return flush(); }));
        if (const auto period = watchdog_period())
            base::spawn(on, "worker.watchdog",
                        base::run_periodically("watchdog", *period / 4, [this] { return feed_watchdog(); }));
        base::spawn(on, "worker", live(), [this] { io_.stop(); });
        notify_ready("serving site " + settings_.site.name);
        io_.run();
        return exit_code::ok;
    }

private:
    void describe_health() {
        health_.add("accepting", [this] {
            const bool stopping = worker_.state().stopping;
            return admin::verdict{!stopping, stopping ? "draining" : ""};
        });
        health_.add("redis", [this] {
            const auto s = worker_.state();
            return admin::verdict{s.connected && s.registered, s.redis_failure};
        });
        health_.add("consuming", [this] {
            const auto silence = std::chrono::steady_clock::now() - worker_.state().last_progress;
            return admin::verdict{silence < longest_silence, {}};
        });
        health_.add("redis-safety", [this] {
            std::string alarms;
            for (const auto& a : worker_.state().alarms) alarms += (alarms.empty() ? "" : ", ") + a;
            return admin::verdict{alarms.empty(), alarms};
        });
    }

    void open_admin() {
        server_.emplace(io_.get_executor(), settings_.admin.listen, admin::make_routes(health_, page_, depth_));
        server_->open().value();
        if (const auto own = tcp_endpoint(server_->address())) http_.forbid(*own);
        base::log::info("admin.listen", {{"address", server_->address()}});
        base::spawn(io_.get_executor(), "admin", server_->run());
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code code, int number) {
            if (code) return;
            if (number == SIGHUP) {
                reload();
            } else if (std::exchange(stopping_, true)) {
                // Leases do the rest.
                std::_Exit(exit_by_signal + number);
            } else {
                notify_stopping("draining");
                worker_.stop();
            }
            wait_for_signal();
        });
    }

    void reload() {
        auto again = config::load(config_file_);
        for (const auto& p : again.problems) base::log::error("config.problem", {{"text", p.message()}});
        if (!again.problems.empty()) return;
        settings_.queue.signing_keys = std::move(again.settings.queue.signing_keys);
        worker_.reload_signing_keys();
        base::log::info("config.reloaded", {{"signing_keys", settings_.queue.signing_keys.size()}});
    }

    base::awaitable<> live() {
        co_await worker_.run();
        co_await deliveries_.flush(base::deadline::after(last_flush));
        if (server_) server_->stop();
        http_.close_idle();
    }

    base::awaitable<> flush() {
        co_await deliveries_.flush(base::deadline::after(settings_.site.database.statement_timeout));
        counts_.set_log_spool(deliveries_.spooled());
    }

    base::awaitable<> feed_watchdog() {
        // Trying to reach Redis is progress too: a restart would not help.
        const auto progress = worker_.state().progress + worker_.connection().counters().failures;
        if (std::exchange(progress_seen_, progress) != progress) notify_watchdog();
        co_return;
    }

    config::settings settings_;
    std::filesystem::path config_file_;
    boost::asio::io_context io_{1};
    base::random_engine random_;
    net::http_client http_;
    site::pool pool_;
    site::hooks hooks_;
    site::deliveries deliveries_;
    site::charges charges_;
    site::subscriptions subscriptions_;
    jobs::registry kinds_;
    worker::metrics counts_;
    worker::worker worker_;
    queue::operations operations_;
    admin::health health_;
    admin::depth_source depth_;
    admin::metrics_page page_;
    std::optional<admin::http_server> server_;
    boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
    bool stopping_ = false;
    std::uint64_t progress_seen_ = 0;
};

}  // namespace

exit_code run_worker(config::settings settings, std::filesystem::path config_file) {
    return worker_service{std::move(settings), std::move(config_file)}.run();
}

std::string listen_of_instance(std::string listen, const std::string& instance) {
    if (instance.empty()) return listen;
    if (const auto at = listen.find("%i"); at != std::string::npos) return listen.replace(at, 2, instance);
    const auto colon = listen.rfind(':');
    if (listen.starts_with("unix:") || colon == std::string::npos) return listen;
    int number = 0;
    int port = 0;
    const auto whole = [](std::string_view text, int& out) {
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
        return code == std::errc{} && end == text.data() + text.size();
    };
    if (!whole(instance, number) || number < 1 || !whole(std::string_view{listen}.substr(colon + 1), port) || port == 0)
        return listen;
    return listen.substr(0, colon + 1) + std::to_string(port + number - 1);
}

}  // namespace dormouse::cli
