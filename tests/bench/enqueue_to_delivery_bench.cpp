// How long from "the job is in Redis" to "the receiver has read the request", when nothing else is going on.
//
// A whole stack runs: Redis with AOF, MariaDB, a receiver, `dormouse worker` of this build. Jobs come one at a time, so
// each finds an idle worker. Measured are
//   LPUSH     from the moment before LPUSH is sent on an open connection
//   CLI LPUSH from the moment Redis takes the LPUSH of `dormouse enqueue` (as MONITOR tells it)
//   CLI all   from the moment before `dormouse enqueue` is started
// to the time the receiver notes when it has the request, before it answers.
//
//     enqueue_to_delivery_bench [RUNS]     1000 direct and a fifth as many through the program

#include "queue/keys.hpp"
#include "tests/e2e/stack.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <stdexcept>

namespace dormouse::e2e {
namespace {

using micros = std::chrono::microseconds;

std::int64_t now_us() {
    return std::chrono::duration_cast<micros>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A connection like PHP's: one command, one answer.
class producer {
public:
    producer(const std::string& socket_file, const std::string& password)
        : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket_file.copy(address.sun_path, sizeof address.sun_path - 1);
        if (fd_ < 0 || connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error{"cannot connect to " + socket_file};
        (void)call({"AUTH", password});
    }
    ~producer() { close(fd_); }
    producer(const producer&) = delete;
    producer& operator=(const producer&) = delete;

    /// Redis' answer as it came, `:0\r\n` for the number 0.
    [[nodiscard]] std::string call(const std::vector<std::string>& words) const {
        std::string text = "*" + std::to_string(words.size()) + "\r\n";
        for (const auto& w : words) text += "$" + std::to_string(w.size()) + "\r\n" + w + "\r\n";
        std::array<char, 256> answer{};
        if (write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            throw std::runtime_error{"Redis refused " + words[0]};
        const auto size = read(fd_, answer.data(), answer.size());
        if (size < 1 || answer[0] == '-') throw std::runtime_error{"Redis refused " + words[0]};
        return {answer.data(), static_cast<std::size_t>(size)};
    }

    /// Until every job is settled: the next one meets an idle worker.
    void until_idle() const {
        const auto jobs = queue::keys{"e2e"}.job();
        if (!test::eventually(soon, [&] { return call({"HLEN", jobs}) == ":0\r\n"; }))
            throw std::runtime_error{"the worker does not come to rest"};
    }

private:
    int fd_;
};

void print(const char* name, std::vector<std::int64_t> us) {
    std::ranges::sort(us);
    const auto at = [&](double share) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(us.size())));
        return static_cast<double>(us[std::max<std::size_t>(rank, 1) - 1]) / 1000;
    };
    std::printf("%-10s %5zu runs   p50 %6.2f ms   p90 %6.2f   p99 %6.2f   max %6.2f\n", name, us.size(), at(0.5),
                at(0.9), at(0.99), at(1));
}

/// Arrivals behind `prefix` in order; throws unless there is one for each start.
std::vector<std::int64_t> until_arrival(stack& s, const std::string& prefix, const std::vector<std::int64_t>& starts) {
    if (!s.receivers().wait_for(starts.size(), prefix)) throw std::runtime_error{"a delivery is missing"};
    const auto requests = s.receivers().requests(prefix);
    if (requests.size() != starts.size()) throw std::runtime_error{"a delivery came twice"};
    std::vector<std::int64_t> out;
    std::ranges::transform(requests, starts, std::back_inserter(out),
                           [](const auto& r, std::int64_t start) { return r.time_us - start; });
    return out;
}

void measure_direct(stack& s, int runs) {
    const auto hook = s.add_hook("/ok/direct");
    const producer php{s.redis().socket(), planted::redis_password};
    std::vector<std::int64_t> starts;
    for (int i = 0; i < runs; ++i) {
        const auto envelope = s.signed_delivery(hook, i);
        php.until_idle();
        starts.push_back(now_us());
        (void)php.call({"LPUSH", stack::intake, envelope});
    }
    print("LPUSH", until_arrival(s, "/ok/direct", starts));
}

/// Times of the LPUSHes in what `redis-cli MONITOR` wrote: `1700000000.123456 [0 unix:…] "LPUSH" …`.
std::vector<std::int64_t> pushes_in(const std::string& monitor) {
    const auto push = '"' + std::string{stack::intake} + "\" \"v1.";
    std::vector<std::int64_t> out;
    for (auto at = monitor.find(push); at != std::string::npos; at = monitor.find(push, at + 1)) {
        const auto line = monitor.rfind('\n', at) + 1;
        const auto point = monitor.find('.', line);
        out.push_back((std::stoll(monitor.substr(line, point - line)) * 1'000'000) +
                      std::stoll(monitor.substr(point + 1, 6)));
    }
    return out;
}

void measure_program(stack& s, int runs) {
    const auto hook = s.add_hook("/ok/program");
    const auto words = R"({"event":"order.paid","payload":"{}","hook_id":)" + std::to_string(hook) + "}";
    const auto file = s.dir().file("monitor");
    test::child_process monitor{
        {"redis-cli", "-s", s.redis().socket(), "--no-auth-warning", "-a", planted::redis_password, "MONITOR"},
        {{}, file, {}}};
    if (!test::eventually(soon,
                          [&] { return std::filesystem::exists(file) && test::read_file(file).starts_with("OK"); }))
        throw std::runtime_error{"MONITOR does not answer"};
    std::vector<std::int64_t> starts;
    const producer php{s.redis().socket(), planted::redis_password};
    for (int i = 0; i < runs; ++i) {
        php.until_idle();
        starts.push_back(now_us());
        const auto run = s.dormouse({"enqueue", "webhook-delivery", "--queue", "webhook", "--args", words});
        if (run.status != 0) throw std::runtime_error{run.text};
    }
    const auto all = until_arrival(s, "/ok/program", starts);
    if (!test::eventually(soon, [&] { return pushes_in(test::read_file(file)).size() == starts.size(); }))
        throw std::runtime_error{"MONITOR saw another number of pushes"};
    print("CLI LPUSH", until_arrival(s, "/ok/program", pushes_in(test::read_file(file))));
    print("CLI all", all);
}

void measure(int runs) {
    stack s;
    const auto worker = s.start_worker({.settings = "lease: 10s, heartbeat: 2s"});
    measure_direct(s, runs);
    measure_program(s, std::max(1, runs / 5));
}

}  // namespace
}  // namespace dormouse::e2e

int main(int argc, char** argv) {
    try {
        dormouse::e2e::measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 1000);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
