#include "tests/integration/jobs/delivery_world.hpp"

#include "site/schema.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <stdexcept>

namespace dormouse::test {

namespace {

using namespace std::chrono_literals;

config::settings settings_for(const mariadb_server& db, const receiver_zoo& zoo, const delivery_world::options& o) {
    config::settings s;
    s.site.database.socket = db.socket();
    s.site.database.user = "root";
    s.net.allow_http = true;
    s.net.allow_private = {"127.0.0.0/8"};
    s.net.ports = {zoo.port("http"), zoo.port("reset")};
    if (o.tls) {
        s.net.ca_file = zoo.ca_file();
        for (const auto* kind : {"tls_good", "tls_expired", "tls_wrong_name", "tls_self_signed", "tls_unknown_ca"})
            s.net.ports.push_back(zoo.port(kind));
    }
    s.webhook.timeout = 2s;
    o.adjust(s);
    return s;
}

void create_hook_tables(const mariadb_server& db, const delivery_world::options& o) {
    if (o.shape == hook_shape::seed)
        db.create_seed_hook_tables("wp_", o.charset);
    else
        db.create_module_hook_tables("wp_");
}

std::string quoted(const std::string& text) {
    if (text.find_first_of("'\\") != std::string::npos) throw std::logic_error{"not for SQL: " + text};
    return "'" + text + "'";
}

}  // namespace

delivery_world::delivery_world(const options& o)
    : zoo{receiver_zoo::options{.tls = o.tls}},
      settings{settings_for(db, zoo, o)},
      pool{settings.site.database},
      hooks{pool},
      deliveries{pool, io.get_executor()},
      http{io.get_executor(), settings.net},
      charges{pool},
      subscriptions{pool},
      registry{jobs::make_registry({http, hooks, deliveries, settings, charges, subscriptions, pool})},
      handler{*registry.find("webhook-delivery")},
      shape_{o.shape} {
    create_hook_tables(db, o);
    if (auto made = run_on(io, site::schema{pool}.migrate()); !made) throw base::failure{made.error()};
}

delivery_world::~delivery_world() {
    http.close_idle();
    io.restart();
    io.run_for(5s);
}

std::int64_t delivery_world::add_hook(const std::string& path_or_url, const std::string& secret,
                                      const std::string& event) {
    const auto url = quoted(path_or_url.starts_with('/') ? zoo.url(path_or_url) : path_or_url);
    if (shape_ == hook_shape::seed)
        return std::stoll(
            db.sql("INSERT INTO wp_memberlux_hook (name, url, event, is_active, secret) VALUES ('test', " + url + ", " +
                   quoted(event) + ", 1, " + quoted(secret) + "); SELECT LAST_INSERT_ID()"));
    return std::stoll(db.sql("INSERT INTO wp_memberlux_hook (destination, active) VALUES (" + url +
                             ", 1); SET @id = LAST_INSERT_ID(); INSERT INTO wp_memberlux_hook_action (hook_id, action) "
                             "VALUES (@id, " +
                             quoted(event) + "); SELECT @id"));
}

queue::claimed_job delivery_world::job_for(std::int64_t hook_id) {
    queue::claimed_job claimed;
    claimed.job.id = "01TEST" + std::to_string(++jobs_);
    claimed.job.kind = "webhook-delivery";
    claimed.job.site = "main";
    claimed.job.args = {{"hook_id", hook_id}, {"event", "purchase"}, {"payload", {{"n", 1}}}};
    return claimed;
}

base::awaitable<queue::outcome> delivery_world::one_attempt(jobs::handler& h, queue::claimed_job claimed) {
    const jobs::attempt a{.claimed = claimed,
                          .last_attempt = settings.webhook.max_attempts,
                          .limit = base::deadline::after(handler.default_timeout()),
                          .now = base::system_clock().now(),
                          .clock = base::system_clock(),
                          .random = random_};
    co_return co_await h.run(a);
}

queue::outcome delivery_world::attempt(const queue::claimed_job& claimed) {
    return run_on(io, one_attempt(handler, claimed));
}

queue::outcome delivery_world::attempt_with(jobs::handler& other, const queue::claimed_job& claimed) {
    return run_on(io, one_attempt(other, claimed));
}

std::vector<queue::outcome> delivery_world::attempt_all(const std::vector<queue::claimed_job>& all) {
    std::vector<queue::outcome> out;
    for (const auto& claimed : all)
        boost::asio::co_spawn(io, one_attempt(handler, claimed), [&](const std::exception_ptr& e, queue::outcome o) {
            if (e) std::rethrow_exception(e);
            out.push_back(std::move(o));
            if (out.size() == all.size()) io.stop();
        });
    io.restart();
    io.run();
    return out;
}

queue::outcome delivery_world::deliver_to_the_end(queue::claimed_job claimed) {
    for (;;) {
        auto out = attempt(claimed);
        if (out.what != queue::outcome::verb::retry) return out;
        ++claimed.history.attempts;
        claimed.history.state = out.state;
    }
}

queue::outcome delivery_world::cancel_midway(const queue::claimed_job& claimed, std::size_t count,
                                             std::string_view prefix) {
    boost::asio::cancellation_signal stop;
    std::optional<queue::outcome> out;
    std::exception_ptr failed;
    boost::asio::co_spawn(
        io, one_attempt(handler, claimed),
        boost::asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr& e, queue::outcome o) {
            failed = e;
            out = std::move(o);
        }));
    io.restart();
    const bool seen = eventually(20s, [&] {
        io.run_for(2ms);
        return zoo.requests(prefix).size() >= count;
    });
    if (!seen) throw std::runtime_error{"the receiver heard nothing"};
    stop.emit(boost::asio::cancellation_type::terminal);
    const bool ended = eventually(20s, [&] {
        io.run_for(2ms);
        return out.has_value();
    });
    if (!ended) throw std::runtime_error{"the cancelled attempt does not end"};
    if (failed) std::rethrow_exception(failed);
    return *out;
}

std::string delivery_world::own_row(const std::string& job_id, const std::string& columns) const {
    return db.sql("SELECT " + columns + " FROM wp_dormouse_delivery WHERE job_id = " + quoted(job_id) +
                  " ORDER BY id DESC LIMIT 1");
}

}  // namespace dormouse::test
