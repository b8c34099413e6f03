#include "cli/worker_service.hpp"

#include "base/async/periodic.hpp"
#include "base/async/spawn.hpp"
#include "base/random.hpp"
#include "jobs/registry.hpp"
#include "net/http_client.hpp"
#include "site/charges.hpp"
#include "site/deliveries.hpp"
#include "site/hooks.hpp"
#include "site/pool.hpp"
#include "site/subscriptions.hpp"
#include "worker/worker.hpp"

#include <charconv>

namespace dormouse::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto flush_every = 2s;
constexpr auto last_flush = 5s;
// No answered round trip for so long, while connected: the worker is alive but does not consume (promise 9).
constexpr auto longest_silence = 15s;

std::vector<std::string> queue_names(const config::settings& s) {
    std::vector<std::string> out;
    out.reserve(s.worker.queues.size());
    for (const auto& q : s.worker.queues) out.push_back(q.name);
    return out;
}

/// Everything of one worker. The members' order is the order of their needs.
class worker_part final : public service_part {
public:
    worker_part(const boost::asio::any_io_executor& on, const config::settings& s)
        : executor_{on},
          settings_{s},
          http_{on, s.net},
          pool_{s.site.database},
          hooks_{pool_},
          deliveries_{pool_, on},
          charges_{pool_},
          subscriptions_{pool_},
          kinds_{jobs::make_registry({http_, hooks_, deliveries_, settings_, charges_, subscriptions_, pool_})},
          counts_{kinds_.kinds(), queue_names(s)},
          worker_{worker::worker::parts{on, settings_, kinds_, counts_, base::system_clock(), random_}} {}

    void describe(admin::health& h, admin::metrics_page& m) override {
        h.add("redis", [this] {
            const auto s = worker_.state();
            return admin::verdict{s.connected && s.registered, s.redis_failure};
        });
        h.add("consuming", [this] {
            const auto silence = std::chrono::steady_clock::now() - worker_.state().last_progress;
            return admin::verdict{silence < longest_silence, {}};
        });
        h.add("redis-safety", [this] {
            std::string alarms;
            for (const auto& a : worker_.state().alarms) alarms += (alarms.empty() ? "" : ", ") + a;
            return admin::verdict{alarms.empty(), alarms};
        });
        m.add([this] { return counts_.collect(); });
        m.add([this] { return admin::http_client_families(http_.counters()); });
    }

    base::awaitable<> live() override {
        base::spawn(executor_, "worker.flush",
                    base::run_periodically("site.flush", flush_every, [this] { return flush(); }));
        co_await worker_.run();
        co_await deliveries_.flush(base::deadline::after(last_flush));
        http_.close_idle();
    }

    void stop() override { worker_.stop(); }
    void reload() override { worker_.reload_signing_keys(); }
    void forbid(const boost::asio::ip::tcp::endpoint& own) override { http_.forbid(own); }
    queue::redis::connection& connection() override { return worker_.connection(); }

    std::uint64_t progress() override { return worker_.state().progress; }

private:
    base::awaitable<> flush() {
        co_await deliveries_.flush(base::deadline::after(settings_.site.database.statement_timeout));
        counts_.set_log_spool(deliveries_.spooled());
    }

    boost::asio::any_io_executor executor_;
    const config::settings& settings_;
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
};

}  // namespace

std::unique_ptr<service_part> make_worker(service& of) {
    return std::make_unique<worker_part>(of.executor(), of.settings());
}

exit_code run_worker(config::settings settings, std::filesystem::path config_file) {
    service frame{std::move(settings), std::move(config_file)};
    const auto worker = make_worker(frame);
    return frame.run({worker.get()}, frame.settings().admin.listen);
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
