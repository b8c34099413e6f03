#include "cli/scheduler_service.hpp"

#include "admin/upkeep_metrics.hpp"
#include "base/async/periodic.hpp"
#include "base/async/spawn.hpp"
#include "cli/worker_service.hpp"
#include "scheduler/housekeeping.hpp"
#include "scheduler/outbox_relay.hpp"
#include "scheduler/reminders/duty.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/sleepers/duty.hpp"
#include "site/options.hpp"
#include "site/outbox.hpp"
#include "site/pool.hpp"
#include "site/retention.hpp"

namespace dormouse::cli {

namespace {

using namespace std::chrono_literals;

// It looks every 20 s at the latest, and a look is answered within redis.command_timeout.
constexpr auto longest_silence = 60s;
constexpr auto look_at_outbox_every = 60s;
constexpr auto zone_limit = 5s;

/// Everything of one scheduler. The members' order is the order of their needs.
class scheduler_part final : public service_part {
public:
    scheduler_part(const boost::asio::any_io_executor& on, const config::settings& s)
        : executor_{on},
          settings_{s},
          pool_{s.site.database},
          scan_pool_{scheduler::database_for_scan(s.site.database, s.scheduler.sleepers)},
          options_{pool_},
          outbox_{pool_},
          retention_{pool_},
          scheduler_{scheduler::scheduler::parts{on, s, counts_, base::system_clock(), [this] { return zone(); }}},
          scan_{scan_pool_, s.scheduler.sleepers, base::system_clock()},
          reminders_{pool_, scheduler_.connection(), s},
          relay_{outbox_, scheduler_.connection(), scheduler_.names()},
          housekeeping_{retention_, s.scheduler.housekeeping} {
        scheduler_.add(scan_);
        scheduler_.add(reminders_);
        scheduler_.add(relay_);
        scheduler_.add(housekeeping_);
    }

    void describe(admin::health& h, admin::metrics_page& m) override {
        h.add("scheduler-redis", [this] {
            const auto s = scheduler_.state();
            return admin::verdict{s.connected, s.redis_failure};
        });
        h.add("ticking", [this] {
            return admin::verdict{std::chrono::steady_clock::now() - scheduler_.state().last_look < longest_silence,
                                  {}};
        });
        h.add("site-zone", [this] {
            const auto s = scheduler_.state();
            return admin::verdict{s.zone_known, s.zone_failure};
        });
        m.add([this] { return counts_.collect(); });
        m.add([this] { return admin::outbox_families(relay_.now(), base::system_clock().now()); });
        m.add([this] { return admin::housekeeping_families(housekeeping_.removed()); });
    }

    base::awaitable<> live() override {
        base::spawn(executor_, "outbox.look",
                    base::run_periodically("outbox.look", look_at_outbox_every, [this] { return look_at_outbox(); }));
        co_await scheduler_.run();
    }

    void stop() override { scheduler_.stop(); }
    queue::redis::connection& connection() override { return scheduler_.connection(); }

    std::uint64_t progress() override { return scheduler_.state().looks; }

private:
    base::awaitable<base::result<scheduler::time_zone>> zone() {
        const auto read = co_await options_.read({"timezone_string", "gmt_offset"}, base::deadline::after(zone_limit));
        if (!read) co_return read.error();
        const auto value = [&](const char* name) {
            const auto found = read->find(name);
            return found == read->end() ? std::string{} : found->second;
        };
        co_return scheduler::time_zone::of_site(value("timezone_string"), value("gmt_offset"));
    }

    base::awaitable<> look_at_outbox() {
        co_await relay_.refresh(base::deadline::after(settings_.site.database.statement_timeout));
    }

    boost::asio::any_io_executor executor_;
    const config::settings& settings_;
    site::pool pool_;
    site::pool scan_pool_;
    site::options options_;
    site::outbox outbox_;
    site::retention retention_;
    scheduler::metrics counts_;
    scheduler::scheduler scheduler_;
    scheduler::sleepers_duty scan_;
    scheduler::reminders_duty reminders_;
    scheduler::outbox_relay relay_;
    scheduler::housekeeping housekeeping_;
};

}  // namespace

std::unique_ptr<service_part> make_scheduler(service& of) {
    return std::make_unique<scheduler_part>(of.executor(), of.settings());
}

exit_code run_scheduler(config::settings settings, std::filesystem::path config_file) {
    service frame{std::move(settings), std::move(config_file)};
    const auto scheduler = make_scheduler(frame);
    return frame.run({scheduler.get()}, frame.settings().scheduler.listen);
}

exit_code run_both(config::settings settings, std::filesystem::path config_file) {
    service frame{std::move(settings), std::move(config_file)};
    const auto worker = make_worker(frame);
    const auto scheduler = make_scheduler(frame);
    return frame.run({worker.get(), scheduler.get()}, frame.settings().admin.listen);
}

}  // namespace dormouse::cli
