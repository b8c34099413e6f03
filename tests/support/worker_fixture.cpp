#include "tests/support/worker_fixture.hpp"

#include "base/log.hpp"
#include "base/ulid.hpp"

#include <boost/json/serialize.hpp>

#include <mutex>

namespace dormouse::test {

config::settings settings_for(const redis_server& redis) {
    config::settings s;
    s.redis.url = redis.url();
    s.queue.allow_unsigned = true;
    s.worker.queues = {{"default", 1}};
    s.worker.slots = 16;
    return s;
}

config::settings settings_without_looks(const redis_server& redis) {
    auto s = settings_for(redis);
    s.worker.heartbeat = std::chrono::minutes{1};
    s.worker.lease = std::chrono::minutes{5};
    return s;
}

std::string envelope(const std::string& kind, const std::string& args, const std::string& more) {
    const auto now = base::to_epoch_ms(base::system_clock().now());
    boost::json::object o{{"v", 1},
                          {"id", base::make_ulid(base::system_clock().now())},
                          {"kind", kind},
                          {"site", "main"},
                          {"args", boost::json::parse(args)},
                          {"iat", now}};
    const auto extra = boost::json::parse(more);
    for (const auto& field : extra.as_object()) o[field.key()] = field.value();
    return boost::json::serialize(o);
}

namespace {
// Once: workers of one test may be made on threads of their own, and configure() is not for two at a time.
void quiet_log() {
    static std::once_flag done;
    std::call_once(done, [] { base::log::configure({base::log::level::error, base::log::format::human, {}}); });
}
}  // namespace

running_worker::running_worker(config::settings s, std::vector<std::unique_ptr<scripted_kind>> kinds,
                               worker::gate_rules gate, worker::pace_rules pace)
    : settings_{std::move(s)},
      names_{settings_.site.name},
      client_{io_.get_executor(), queue::redis::options_from(settings_.redis, "test").value()} {
    quiet_log();
    for (auto& k : kinds) kinds_.add(std::move(k));
    worker_ = std::make_unique<worker::worker>(worker::worker::parts{io_.get_executor(), settings_, kinds_, counts_,
                                                                     base::system_clock(), random_, gate, pace});
    base::spawn(io_.get_executor(), "client", client_.run());
    base::spawn(io_.get_executor(), "worker", worker_->run(), [this] { ended_ = true; });
}

running_worker::~running_worker() {
    if (!ended_) stop_and_drain();
}

bool running_worker::until(const std::function<bool()>& condition, base::ms limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    io_.restart();
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        io_.run_one_for(std::chrono::milliseconds{5});
        if (io_.stopped()) io_.restart();
    }
    return true;
}

void running_worker::push(const std::vector<std::string>& envelopes) {
    queue::redis::command_buffer c;
    c.begin(envelopes.size() + 2).arg("LPUSH").arg(names_.in());
    for (const auto& e : envelopes) c.arg(e);
    (void)ask(std::move(c));
}

queue::redis::reply running_worker::ask(queue::redis::command_buffer command) {
    std::optional<base::result<queue::redis::reply>> out;
    base::spawn(io_.get_executor(), "ask",
                [](queue::redis::connection& c, queue::redis::command_buffer words, auto* answer) -> base::awaitable<> {
                    (void)co_await c.wait_connected(base::deadline::after(std::chrono::seconds{10}));
                    *answer = co_await c.exec(std::move(words), base::deadline::after(std::chrono::seconds{60}));
                }(client_, std::move(command), &out));
    (void)until([&] { return out.has_value(); });
    return out.value().value();
}

void running_worker::stop_and_drain() {
    worker_->stop();
    (void)until([this] { return ended_; }, base::ms{60'000});
    bool closed = false;
    base::spawn(io_.get_executor(), "close", client_.close(base::deadline::after(std::chrono::seconds{1})),
                [&] { closed = true; });
    (void)until([&] { return closed; });
}

}  // namespace dormouse::test
