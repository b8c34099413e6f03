#include "cli/bench_queue.hpp"

#include "base/async/event.hpp"
#include "base/async/spawn.hpp"
#include "base/log.hpp"
#include "base/ulid.hpp"
#include "cli/private_redis.hpp"
#include "jobs/registry.hpp"
#include "worker/worker.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <optional>

namespace dormouse::cli {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::string_view kind_name = "bench";
constexpr std::size_t lpush_batch = 500;

/// Does nothing but count and, for pick-ups, tell when it started.
class no_op final : public jobs::handler {
public:
    explicit no_op(const base::asio::any_io_executor& on) : reached{on} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object&) const override { return {}; }
    [[nodiscard]] base::ms default_timeout() const noexcept override { return base::ms{20'000}; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return 10; }
    [[nodiscard]] base::ms backoff(int, base::random_source&) const override { return base::ms{1'000}; }
    [[nodiscard]] base::awaitable<queue::outcome> run(const jobs::attempt&) override {
        started_at = steady::now();
        if (++runs == goal) reached.set();
        co_return queue::done();
    }

    std::uint64_t runs = 0;
    std::uint64_t goal = 0;
    steady::time_point started_at{};
    base::event reached;
};

double seconds(steady::duration d) { return std::chrono::duration<double>(d).count(); }

double own_cpu_us() {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    const auto us = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(u.ru_utime) + us(u.ru_stime);
}

double number_after(std::string_view info, std::string_view name) {
    const auto at = info.find(name);
    return at == std::string_view::npos ? 0.0 : std::atof(info.data() + at + name.size());
}

struct redis_usage {
    double cpu_us = 0;
    double memory = 0;
    std::string version;
};

class queue_bench {
public:
    explicit queue_bench(const bench_options& o, const std::string& url)
        : options_{o}, settings_{make_settings(o, url)} {
        auto handler = std::make_unique<no_op>(io_.get_executor());
        handler_ = handler.get();
        kinds_.add(std::move(handler));
        connection_.emplace(io_.get_executor(), queue::redis::options_from(settings_.redis, "dormouse-bench").value());
        worker_.emplace(
            worker::worker::parts{io_.get_executor(), settings_, kinds_, counts_, base::system_clock(), random_});
    }

    bench_result run() {
        std::exception_ptr failed;
        base::asio::co_spawn(io_, measure(), [&](const std::exception_ptr& e) { failed = e; });
        base::spawn(io_.get_executor(), "bench.connection", connection_->run());
        io_.run();
        if (failed) std::rethrow_exception(failed);
        return result_;
    }

private:
    static config::settings make_settings(const bench_options& o, const std::string& url) {
        config::settings s;
        s.site.name = "bench-" + std::to_string(getpid());
        s.redis.url = url;
        s.worker.slots = o.slots;
        s.queue.signing_keys.push_back({"bench", base::secret{"0123456789abcdef0123456789abcdef"}, {}});
        return s;
    }

    std::string make_envelope(std::uint64_t number) {
        queue::job j;
        j.id = base::make_ulid(base::system_clock().now());
        j.kind = kind_name;
        j.site = settings_.site.name;
        j.args = {{"hook_id", 7}, {"event", "wpm_update_user_key_dates"}, {"number", number}};
        if (number % 100 < static_cast<std::uint64_t>(options_.keyed_percent))
            j.key = "hook:7:bench:" + std::to_string(number);
        j.queue = "webhook";
        j.priority = static_cast<int>(number % 3);
        j.issued_at = base::system_clock().now();
        return queue::sign_envelope(queue::to_json(j), "bench", settings_.queue.signing_keys.front().key);
    }

    base::awaitable<queue::redis::reply> ask(queue::redis::command_buffer c) {
        co_return queue::redis::accept(
            co_await connection_->exec(std::move(c), base::deadline::after(std::chrono::seconds{60})))
            .value();
    }

    base::awaitable<redis_usage> usage() {
        const auto info = co_await ask({"INFO", "everything"});
        redis_usage u;
        u.cpu_us = 1e6 * (number_after(info.text(), "used_cpu_user_main_thread:") +
                          number_after(info.text(), "used_cpu_sys_main_thread:"));
        u.memory = number_after(info.text(), "used_memory:");
        const auto at = info.text().find("redis_version:") + 14;
        u.version = info.text().substr(at, info.text().find('\r', at) - at);
        co_return u;
    }

    base::awaitable<> fill() {
        const auto before = co_await usage();
        const auto begin = steady::now();
        steady::duration waited{0};
        for (std::uint64_t made = 0; made < options_.jobs;) {
            const auto n = std::min<std::uint64_t>(lpush_batch, options_.jobs - made);
            queue::redis::command_buffer c;
            c.begin(n + 2).arg("LPUSH").arg(worker_->names().in());
            for (std::uint64_t i = 0; i < n; ++i) c.arg(make_envelope(made + i));
            made += n;
            const auto sent = steady::now();
            (void)co_await ask(std::move(c));
            waited += steady::now() - sent;
        }
        const auto after = co_await usage();
        result_.enqueued_per_s = static_cast<double>(options_.jobs) / seconds(steady::now() - begin);
        result_.redis_cpu_us_per_job_enqueue = (after.cpu_us - before.cpu_us) / static_cast<double>(options_.jobs);
        result_.redis_bytes_per_waiting_job = (after.memory - before.memory) / static_cast<double>(options_.jobs);
        result_.redis_version = after.version;
    }

    base::awaitable<> drain() {
        handler_->goal = handler_->runs + options_.jobs;
        const auto before = co_await usage();
        const auto cpu_before = own_cpu_us();
        const auto begin = steady::now();
        base::spawn(io_.get_executor(), "bench.worker", worker_->run(), [this] { worker_ended_.set(); });
        (void)co_await handler_->reached.wait({});
        while ((co_await ask({"HLEN", worker_->names().job()})).integer() > 0) {
        }
        const auto took = steady::now() - begin;
        const auto after = co_await usage();
        const auto jobs = static_cast<double>(options_.jobs);
        result_.jobs = options_.jobs;
        result_.drained_per_s = jobs / seconds(took);
        result_.redis_cpu_us_per_job = (after.cpu_us - before.cpu_us) / jobs;
        result_.worker_cpu_us_per_job = (own_cpu_us() - cpu_before) / jobs;
    }

    base::awaitable<> pick_up() {
        std::vector<double> us;
        for (int i = 0; i < options_.pickups; ++i) {
            handler_->goal = handler_->runs + 1;
            auto envelope = make_envelope(options_.jobs + static_cast<std::uint64_t>(i));
            const auto begin = steady::now();
            (void)co_await ask({"LPUSH", worker_->names().in(), envelope});
            (void)co_await handler_->reached.wait(base::deadline::after(std::chrono::seconds{10}));
            us.push_back(seconds(handler_->started_at - begin) * 1e6);
            // The next one meets an idle worker again.
            while ((co_await ask({"HLEN", worker_->names().job()})).integer() > 0) {
            }
        }
        if (us.empty()) co_return;
        std::sort(us.begin(), us.end());
        result_.pickup_p50_us = us[us.size() / 2];
        result_.pickup_p99_us = us[us.size() * 99 / 100];
    }

    base::awaitable<> remove_keys() {
        std::string cursor = "0";
        do {
            const auto page = co_await ask({"SCAN", cursor, "MATCH", worker_->names().all(), "COUNT", "1000"});
            cursor = page[0].text();
            for (const auto key : page[1]) (void)co_await ask({"UNLINK", key.text()});
        } while (cursor != "0");
    }

    base::awaitable<> measure() {
        (co_await connection_->wait_connected(base::deadline::after(std::chrono::seconds{10}))).value();
        co_await fill();
        co_await drain();
        co_await pick_up();
        worker_->stop();
        (void)co_await worker_ended_.wait(base::deadline::after(std::chrono::seconds{30}));
        co_await remove_keys();
        co_await connection_->close(base::deadline::after(std::chrono::seconds{5}));
    }

    bench_options options_;
    config::settings settings_;
    boost::asio::io_context io_{1};
    jobs::registry kinds_;
    no_op* handler_ = nullptr;
    worker::metrics counts_;
    base::random_engine random_;
    std::optional<queue::redis::connection> connection_;
    std::optional<worker::worker> worker_;
    base::event worker_ended_{io_.get_executor()};
    bench_result result_;
};

}  // namespace

bench_result bench_queue(const bench_options& o) {
    std::optional<private_redis> own;
    if (o.redis_url.empty()) own.emplace(o.aof);
    return queue_bench{o, own ? own->url() : o.redis_url}.run();
}

}  // namespace dormouse::cli
