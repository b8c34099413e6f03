#include "cli/bench_fairness.hpp"

#include "base/async/event.hpp"
#include "base/async/spawn.hpp"
#include "base/ulid.hpp"
#include "cli/bench_receiver.hpp"
#include "cli/private_redis.hpp"
#include "jobs/contact.hpp"
#include "jobs/registry.hpp"
#include "net/http_client.hpp"
#include "worker/worker.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace dormouse::cli {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr std::string_view kind_name = "bench-delivery";
constexpr std::uint64_t lpush_batch = 500;

std::int64_t to_us(steady::time_point t) {
    return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

/// Posts to the endpoint of its args and notes how long ago the job should have been enqueued.
class delivery final : public jobs::handler {
public:
    delivery(const base::asio::any_io_executor& on, const bench_receiver& receivers)
        : reached{on}, http_{on, config::net_settings{}}, receivers_{receivers} {}

    [[nodiscard]] std::string_view kind() const noexcept override { return kind_name; }
    [[nodiscard]] base::result<void> check(const boost::json::object&) const override { return {}; }
    [[nodiscard]] std::string lane(const boost::json::object& args) const override {
        return "hook:" + std::to_string(args.at("hook_id").to_number<int>());
    }
    [[nodiscard]] std::string target(const boost::json::object& args) const override { return lane(args); }
    [[nodiscard]] base::ms default_timeout() const noexcept override { return 25s; }
    [[nodiscard]] int default_max_attempts() const noexcept override { return 10; }
    [[nodiscard]] base::ms backoff(int, base::random_source&) const override { return 5s; }
    [[nodiscard]] base::awaitable<queue::outcome> run(const jobs::attempt& a) override {
        const auto& args = a.claimed.job.args;
        const int endpoint = args.at("hook_id").to_number<int>();
        const auto due = args.at("due_us").to_number<std::int64_t>();
        if (endpoint == 0) ++stalled_attempts;
        net::request r;
        r.url = receivers_.url(endpoint);
        r.trust = net::trust::configured;
        r.body = R"({"event":"bench"})";
        r.limits.first_byte = 25s;
        r.limits.total = 25s;
        const auto url = r.url;
        const auto exchange = co_await http_.send(std::move(r), a.limit);
        auto o = exchange.ok() ? queue::done() : queue::retry("failed", exchange.detail, jobs::sent_of(exchange));
        o.contact = jobs::contact_of(exchange, url);
        if (endpoint != 0 && exchange.ok()) note(due);
        co_return o;
    }

    void close() { http_.close_idle(); }

    std::vector<double> took_us;
    std::size_t stalled_attempts = 0;
    std::size_t goal = 0;
    base::event reached;

private:
    void note(std::int64_t due) {
        if (due > 0) took_us.push_back(static_cast<double>(to_us(steady::now()) - due));
        if (took_us.size() == goal) reached.set();
    }

    net::http_client http_;
    const bench_receiver& receivers_;
};

latency summary(std::vector<double> us) {
    std::sort(us.begin(), us.end());
    const auto at = [&](double share) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(us.size())));
        return us[std::max<std::size_t>(rank, 1) - 1];
    };
    return {us.size(), at(0.5), at(0.95), at(0.99), us.back()};
}

class fairness_round {
public:
    fairness_round(const fairness_options& o, const bench_receiver& receivers, bool with_stalled)
        : options_{o}, with_stalled_{with_stalled}, settings_{make_settings(o, redis_.url())} {
        auto handler = std::make_unique<delivery>(io_.get_executor(), receivers);
        handler_ = handler.get();
        kinds_.add(std::move(handler));
        connection_.emplace(io_.get_executor(), queue::redis::options_from(settings_.redis, "dormouse-bench").value());
        worker_.emplace(
            worker::worker::parts{io_.get_executor(), settings_, kinds_, counts_, base::system_clock(), random_});
    }

    latency run() {
        std::exception_ptr failed;
        base::asio::co_spawn(io_, measure(), [&](const std::exception_ptr& e) { failed = e; });
        base::spawn(io_.get_executor(), "bench.connection", connection_->run());
        io_.run();
        if (failed) std::rethrow_exception(failed);
        return summary(std::move(handler_->took_us));
    }
    [[nodiscard]] std::size_t stalled_attempts() const { return handler_->stalled_attempts; }

private:
    static config::settings make_settings(const fairness_options& o, const std::string& url) {
        config::settings s;
        s.site.name = "bench";
        s.redis.url = url;
        s.worker.slots = o.slots;
        s.worker.drain = 50ms;
        s.queue.signing_keys.push_back({"bench", base::secret{"0123456789abcdef0123456789abcdef"}, {}});
        return s;
    }

    std::string make_envelope(int endpoint, std::int64_t due_us) {
        queue::job j;
        j.id = base::make_ulid(base::system_clock().now());
        j.kind = kind_name;
        j.site = settings_.site.name;
        j.args = {{"hook_id", endpoint}, {"due_us", due_us}};
        j.queue = "webhook";
        j.issued_at = base::system_clock().now();
        return queue::sign_envelope(queue::to_json(j), "bench", settings_.queue.signing_keys.front().key);
    }

    base::awaitable<> push(std::vector<std::string> envelopes) {
        queue::redis::command_buffer c;
        c.begin(envelopes.size() + 2).arg("LPUSH").arg(worker_->names().in());
        for (const auto& e : envelopes) c.arg(e);
        (void)queue::redis::accept(co_await connection_->exec(std::move(c), base::deadline::after(60s))).value();
    }

    base::awaitable<> push_backlog() {
        for (std::uint64_t made = 0; made < options_.backlog;) {
            std::vector<std::string> batch;
            for (; batch.size() < lpush_batch && made < options_.backlog; ++made) batch.push_back(make_envelope(0, 0));
            co_await push(std::move(batch));
        }
    }

    // At the times the rate says, whatever the answers do; what is late counts from when it should have been.
    base::awaitable<> push_traffic() {
        base::asio::steady_timer timer{io_};
        const auto begin = steady::now();
        const auto count = options_.rate * options_.seconds;
        for (int i = 0; i < count; ++i) {
            const auto due = begin + std::chrono::microseconds{1'000'000LL * i / options_.rate};
            timer.expires_at(due);
            (void)co_await timer.async_wait(base::as_result);
            std::vector<std::string> one;
            one.push_back(make_envelope(1 + i % options_.endpoints, to_us(due)));
            co_await push(std::move(one));
        }
    }

    // Connections are open and every lane is known before it counts.
    base::awaitable<> warm_up() {
        std::vector<std::string> batch;
        for (int i = 1; i <= options_.endpoints; ++i) batch.push_back(make_envelope(i, to_us(steady::now())));
        handler_->goal = batch.size();
        co_await push(std::move(batch));
        co_await until_reached();
        handler_->took_us.clear();
    }

    base::awaitable<> until_reached() {
        const auto limit = base::deadline::after(30s);
        while (handler_->took_us.size() < handler_->goal) {
            if (limit.is_reached())
                throw base::failure{base::error{base::errc::timed_out, "not all jobs were answered within 30 s"}};
            (void)co_await handler_->reached.wait(limit);
        }
    }

    base::awaitable<> measure() {
        (co_await connection_->wait_connected(base::deadline::after(10s))).value();
        base::spawn(io_.get_executor(), "bench.worker", worker_->run(), [this] { worker_ended_.set(); });
        co_await warm_up();
        handler_->goal = static_cast<std::size_t>(options_.rate) * static_cast<std::size_t>(options_.seconds);
        if (with_stalled_) co_await push_backlog();
        co_await push_traffic();
        co_await until_reached();
        worker_->stop();
        (void)co_await worker_ended_.wait(base::deadline::after(30s));
        handler_->close();
        co_await connection_->close(base::deadline::after(5s));
    }

    const fairness_options& options_;
    bool with_stalled_;
    private_redis redis_{false};
    config::settings settings_;
    boost::asio::io_context io_{1};
    jobs::registry kinds_;
    delivery* handler_ = nullptr;
    worker::metrics counts_;
    base::random_engine random_;
    std::optional<queue::redis::connection> connection_;
    std::optional<worker::worker> worker_;
    base::event worker_ended_{io_.get_executor()};
};

double median_ratio(const std::vector<fairness_pair>& pairs, double latency::* what) {
    std::vector<double> ratios;
    ratios.reserve(pairs.size());
    for (const auto& p : pairs) ratios.push_back(p.with.*what / p.without.*what);
    std::sort(ratios.begin(), ratios.end());
    const auto middle = ratios.size() / 2;
    return ratios.size() % 2 == 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2;
}

}  // namespace

fairness_result bench_fairness(const fairness_options& o, const std::function<void(const fairness_pair&)>& on_pair) {
    const bench_receiver receivers{o.endpoints + 1, std::chrono::seconds{o.stall_seconds}};
    fairness_result result;
    for (int i = 0; i < o.rounds; ++i) {
        fairness_pair p;
        // The order changes, so that a machine that grows busier favours neither.
        for (const bool with : {i % 2 != 0, i % 2 == 0}) {
            fairness_round round{o, receivers, with};
            (with ? p.with : p.without) = round.run();
            if (with) p.stalled_attempts = round.stalled_attempts();
        }
        on_pair(p);
        result.pairs.push_back(p);
    }
    result.ratio_p50 = median_ratio(result.pairs, &latency::p50);
    result.ratio_p95 = median_ratio(result.pairs, &latency::p95);
    result.ratio_p99 = median_ratio(result.pairs, &latency::p99);
    return result;
}

}  // namespace dormouse::cli
