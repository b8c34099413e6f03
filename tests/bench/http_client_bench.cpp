// What the HTTP client costs, against a real nginx that answers 204 at once: requests on kept connections, on new
// ones, and over TLS with and without a session to resume. `cpu_us` is this process alone.
#include "net/http_client.hpp"
#include "tests/support/process.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <csignal>
#include <ctime>
#include <stdexcept>

namespace dormouse::net {
namespace {

class nginx {
public:
    nginx() {
        test::child_process certificate{{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                                         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                                         dir_.file("key.pem"), "-out", ca_file()}};
        certificate.wait(std::chrono::seconds{20});
        test::write_file(dir_.file("nginx.conf"),
                         "daemon off; worker_processes 1; pid " + dir_.file("pid") + "; error_log " + dir_.file("log") +
                             ";\nevents { worker_connections 4096; }\nhttp { access_log off; keepalive_requests "
                             "100000000; client_body_temp_path " +
                             dir_.file("body") + "; proxy_temp_path " + dir_.file("proxy") + "; fastcgi_temp_path " +
                             dir_.file("fastcgi") + "; uwsgi_temp_path " + dir_.file("uwsgi") + "; scgi_temp_path " +
                             dir_.file("scgi") + ";\nserver { listen 127.0.0.1:" + std::to_string(plain) +
                             "; listen 127.0.0.1:" + std::to_string(tls) +
                             " ssl; ssl_session_tickets on; ssl_certificate " + ca_file() + "; ssl_certificate_key " +
                             dir_.file("key.pem") + "; location / { return 204; } } }\n");
        process_ = std::make_unique<test::child_process>(
            std::vector<std::string>{"/usr/sbin/nginx", "-c", dir_.file("nginx.conf"), "-e", dir_.file("log")});
        if (!test::eventually(std::chrono::seconds{20}, [&] { return std::filesystem::exists(dir_.file("pid")); }))
            throw std::runtime_error{"nginx did not start: " + test::read_file(dir_.file("log"))};
    }
    ~nginx() {
        process_->signal(SIGTERM);  // SIGKILL would orphan its worker
        process_->wait(std::chrono::seconds{10});
    }
    nginx(const nginx&) = delete;
    nginx& operator=(const nginx&) = delete;

    [[nodiscard]] std::string ca_file() const { return dir_.file("cert.pem"); }
    const std::uint16_t plain = test::free_port();
    const std::uint16_t tls = test::free_port();

private:
    test::temp_dir dir_;
    std::unique_ptr<test::child_process> process_;
};

nginx& receiver() {
    static nginx n;
    return n;
}

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

struct tally {
    int ended = 0;  ///< Lanes of this iteration.
    int failed = 0;
};

base::awaitable<> lane(http_client& client, std::string url, int count, bool fresh, tally& so_far) {
    for (int i = 0; i < count; ++i) {
        if (fresh) client.close_idle();
        const auto e = co_await client.send({.url = url,
                                             .trust = trust::configured,
                                             .headers = {{"webhook-id", "evt_1"}},
                                             .body = std::string(200, 'x')},
                                            base::deadline{});
        if (e.response.status != 204) ++so_far.failed;
    }
    ++so_far.ended;
}

// range(0): lanes in parallel; range(1): over TLS; range(2): a new connection for every request.
void requests(benchmark::State& state) {
    const auto lanes = static_cast<int>(state.range(0));
    const bool over_tls = state.range(1) != 0;
    boost::asio::io_context io{1};
    config::net_settings settings;
    settings.per_host = lanes;
    settings.max_requests = 1'000'000;
    settings.ca_file = receiver().ca_file();
    http_client client{io.get_executor(), settings};
    const auto url = (over_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
                     std::to_string(over_tls ? receiver().tls : receiver().plain) + "/hook";
    constexpr int per_lane = 50;
    tally so_far;
    const auto began = cpu_seconds();
    for (auto _ : state) {
        for (int i = 0; i < lanes; ++i)
            boost::asio::co_spawn(io, lane(client, url, per_lane, state.range(2) != 0, so_far), boost::asio::detached);
        // Idle connections keep the loop busy, so it is run until the last lane has ended and not until it is dry.
        io.restart();
        for (so_far.ended = 0; so_far.ended < lanes;) io.run_one();
    }
    const auto done = static_cast<double>(state.iterations()) * lanes * per_lane;
    state.SetItemsProcessed(static_cast<std::int64_t>(done));
    state.counters["cpu_us"] = (cpu_seconds() - began) * 1e6 / done;
    state.counters["failed"] = so_far.failed;
    state.counters["resumed"] = static_cast<double>(client.counters().tls_resumed);
    client.close_idle();
}
BENCHMARK(requests)
    ->ArgNames({"lanes", "tls", "fresh"})
    ->Args({1, 0, 0})
    ->Args({32, 0, 0})
    ->Args({32, 0, 1})
    ->Args({32, 1, 0})
    ->Args({32, 1, 1})
    ->UseRealTime();

}  // namespace
}  // namespace dormouse::net

BENCHMARK_MAIN();
