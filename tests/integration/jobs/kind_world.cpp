#include "tests/integration/jobs/kind_world.hpp"

#include "site/schema.hpp"
#include "tests/support/run.hpp"

namespace dormouse::test {

namespace {

using namespace std::chrono_literals;
using verb = queue::outcome::verb;

config::settings settings_for(const mariadb_server& db, const std::vector<std::uint16_t>& ports,
                              const std::function<void(config::settings&)>& adjust) {
    config::settings s;
    s.site.name = "main";
    s.site.database.socket = db.socket();
    s.site.database.user = "root";
    s.net.allow_http = true;
    s.net.allow_private = {"127.0.0.0/8"};
    s.net.ports = ports;
    adjust(s);
    return s;
}

}  // namespace

kind_world::kind_world(const std::vector<std::uint16_t>& ports, const std::function<void(config::settings&)>& adjust)
    : settings{settings_for(db, ports, adjust)},
      pool{settings.site.database},
      hooks{pool},
      deliveries{pool, io.get_executor()},
      http{io.get_executor(), settings.net},
      charges{pool},
      subscriptions{pool},
      registry{jobs::make_registry({http, hooks, deliveries, settings, charges, subscriptions, pool})} {
    if (auto made = run_on(io, site::schema{pool}.migrate()); !made) throw base::failure{made.error()};
}

kind_world::~kind_world() {
    http.close_idle();
    io.restart();
    io.run_for(5s);
}

queue::claimed_job kind_world::job(const std::string& kind, boost::json::object args) {
    queue::claimed_job claimed;
    claimed.job.id = "01TEST" + std::to_string(++jobs_);
    claimed.job.kind = kind;
    claimed.job.site = settings.site.name;
    claimed.job.args = std::move(args);
    return claimed;
}

base::awaitable<queue::outcome> kind_world::one_attempt(queue::claimed_job claimed, base::ms limit) {
    auto& handler = *registry.find(claimed.job.kind);
    const jobs::attempt a{.claimed = claimed,
                          .last_attempt = claimed.job.max_attempts.value_or(handler.default_max_attempts()),
                          .limit = base::deadline::after(limit == base::ms{} ? handler.default_timeout() : limit),
                          .now = now,
                          .clock = base::system_clock(),
                          .random = random_};
    co_return co_await handler.run(a);
}

queue::outcome kind_world::attempt(const queue::claimed_job& claimed, base::ms limit) {
    return run_on(io, one_attempt(claimed, limit));
}

std::vector<queue::outcome> kind_world::attempt_all(const std::vector<queue::claimed_job>& all) {
    std::vector<queue::outcome> out;
    for (const auto& claimed : all)
        boost::asio::co_spawn(io, one_attempt(claimed, {}), [&](const std::exception_ptr& e, queue::outcome o) {
            if (e) std::rethrow_exception(e);
            out.push_back(std::move(o));
            if (out.size() == all.size()) io.stop();
        });
    io.restart();
    io.run();
    return out;
}

queue::outcome kind_world::attempt_to_the_end(queue::claimed_job claimed, int most) {
    queue::outcome last;
    for (int i = 0; i < most; ++i) {
        last = attempt(claimed);
        if (last.what != verb::retry && last.what != verb::defer) return last;
        claimed = after(std::move(claimed), last, now);
        const auto& handler = *registry.find(claimed.job.kind);
        now = last.when.value_or(now + handler.backoff(claimed.history.attempts, random_));
    }
    return last;
}

queue::claimed_job after(queue::claimed_job claimed, const queue::outcome& o, base::time_ms now) {
    auto& past = claimed.history;
    if (o.what == verb::retry) {
        ++past.attempts;
        if (!past.first_failure) past.first_failure = now;
        past.last_failure = now;
    } else {
        ++past.defers;
    }
    past.state = o.state;
    return claimed;
}

}  // namespace dormouse::test
