#include "cli/service.hpp"

#include "admin/depth_source.hpp"
#include "admin/http_server.hpp"
#include "admin/pages.hpp"
#include "base/async/periodic.hpp"
#include "base/async/spawn.hpp"
#include "base/log.hpp"
#include "cli/systemd_notify.hpp"
#include "cli/version.hpp"
#include "config/load.hpp"
#include "queue/operations.hpp"
#include "queue/redis/connection.hpp"
#include "scheduler/plan.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace dormouse::cli {

namespace {

constexpr int exit_by_signal = 128;

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

}  // namespace

service::service(config::settings s, std::filesystem::path config_file)
    : settings_{std::move(s)}, config_file_{std::move(config_file)} {}

service::~service() = default;

exit_code service::run(std::vector<service_part*> parts, const std::string& listen) {
    for (auto* const p : parts) parts_.push_back({p});
    operations_ = std::make_unique<queue::operations>(parts.front()->connection(), settings_);
    depth_ = std::make_unique<admin::depth_source>(io_.get_executor(), [this] { return operations_->depth(); });
    page_.emplace(*depth_, admin::metrics_page::build{std::string{version}, base::system_clock().now()});
    health_.add("accepting", [this] { return admin::verdict{!stopping_, stopping_ ? "draining" : ""}; });
    for (auto* const p : parts) p->describe(health_, *page_);
    if (settings_.admin.enabled) open_admin(listen);
    wait_for_signal();
    if (const auto period = watchdog_period())
        base::spawn(io_.get_executor(), "watchdog",
                    base::run_periodically("watchdog", *period / 4, [this] { return feed_watchdog(); }));
    for (auto& p : parts_) base::spawn(io_.get_executor(), "service", p.it->live(), [this, &p] { on_end(p); });
    notify_ready("serving site " + settings_.site.name);
    io_.run();
    return exit_code::ok;
}

void service::open_admin(const std::string& listen) {
    server_ =
        std::make_unique<admin::http_server>(io_.get_executor(), listen, admin::make_routes(health_, *page_, *depth_));
    server_->open().value();
    if (const auto own = tcp_endpoint(server_->address()))
        for (const auto& p : parts_) p.it->forbid(*own);
    base::log::info("admin.listen", {{"address", server_->address()}});
    base::spawn(io_.get_executor(), "admin", server_->run());
}

void service::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code code, int number) {
        if (code) return;
        if (number == SIGHUP) {
            reload();
        } else if (std::exchange(stopping_, true)) {
            // Leases do the rest.
            std::_Exit(exit_by_signal + number);
        } else {
            notify_stopping("draining");
            for (const auto& p : parts_) p.it->stop();
        }
        wait_for_signal();
    });
}

void service::reload() {
    auto again = config::load(config_file_, scheduler::check);
    for (const auto& p : again.problems) base::log::error("config.problem", {{"text", p.message()}});
    if (!again.problems.empty()) return;
    settings_.queue.signing_keys = std::move(again.settings.queue.signing_keys);
    for (const auto& p : parts_) p.it->reload();
    base::log::info("config.reloaded", {{"signing_keys", settings_.queue.signing_keys.size()}});
}

/// A part that ends by itself has died: then the process ends too, and systemd starts it anew.
void service::on_end(running_part& p) {
    p.ended = true;
    if (!std::exchange(stopping_, true))
        for (const auto& other : parts_)
            if (!other.ended) other.it->stop();
    if (!std::ranges::all_of(parts_, &running_part::ended)) return;
    if (server_) server_->stop();
    io_.stop();
}

base::awaitable<> service::feed_watchdog() {
    // A drain has the unit's TimeoutStopSec=.
    // Trying to reach Redis is progress too: a restart would not help.
    const auto progress = [](service_part& part) { return part.progress() + part.connection().counters().failures; };
    if (stopping_ || std::ranges::all_of(parts_, [&](const auto& p) { return progress(*p.it) != p.progress_seen; })) {
        for (auto& p : parts_) p.progress_seen = progress(*p.it);
        notify_watchdog();
    }
    co_return;
}

}  // namespace dormouse::cli
