// What the Redis client costs: replies per second through a `connection` to a real redis-server, the client's own CPU
// per reply, and redis-benchmark on the same server in the same run as the floor. The parser alone is measured against
// hiredis' default reply objects.
#include "queue/redis/script.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/run.hpp"

#include <benchmark/benchmark.h>
#include <hiredis/hiredis.h>
#include <boost/asio/detached.hpp>

#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>

namespace dormouse::queue::redis {
namespace {

namespace asio = base::asio;
using base::deadline;

test::redis_server& server() {
    static test::redis_server s;
    return s;
}

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// One connected client; `run` drives one coroutine on it to the end.
class client {
public:
    client() : connection_{io_.get_executor(), options()} {
        asio::co_spawn(io_, connection_.run(), asio::detached);
        run(wait());
    }
    ~client() { run(connection_.close(deadline::after(std::chrono::seconds{1}))); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void run(base::awaitable<> op) { test::run_on(io_, std::move(op)); }
    connection& operator*() noexcept { return connection_; }

private:
    static connection_options options() {
        config::redis_settings s;
        s.url = server().url();
        return options_from(s, "bench").value();
    }
    base::awaitable<> wait() {
        (co_await connection_.wait_connected(deadline::after(std::chrono::seconds{5}))).value();
    }

    asio::io_context io_;
    connection connection_;
};

/// Counts `replies` per second and the CPU of this process alone per reply.
class tally {
public:
    explicit tally(benchmark::State& s) : state_{s}, began_{cpu_seconds()} {}
    void finish(double per_iteration) {
        const auto all = per_iteration * static_cast<double>(state_.iterations());
        state_.counters["replies/s"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
        state_.counters["client_ns/reply"] = (cpu_seconds() - began_) * 1e9 / all;
    }

private:
    benchmark::State& state_;
    double began_;
};

base::awaitable<> batch_of_gets(connection& c, std::size_t n) {
    command_buffer b{n * 24};
    for (std::size_t i = 0; i < n; ++i) b.add({"GET", "bulk"});
    const auto replies = (co_await c.exec_all(std::move(b))).value();
    if (replies.back().text().empty()) throw std::runtime_error{"empty reply"};
}

/// `range` commands in one pipelined batch, each answered by a bulk of 3 bytes.
void pipelined_batch(benchmark::State& state) {
    client c;
    const auto n = static_cast<std::size_t>(state.range(0));
    c.run([](connection& k) -> base::awaitable<> { (co_await k.exec({"SET", "bulk", "abc"})).value(); }(*c));
    tally t{state};
    for (auto _ : state) c.run(batch_of_gets(*c, n));
    t.finish(static_cast<double>(n));
}
BENCHMARK(pipelined_batch)->Arg(16)->Arg(100)->Arg(1000)->UseRealTime()->Unit(benchmark::kMicrosecond);

base::awaitable<> get_again_and_again(connection& c, std::size_t times, std::size_t& running, wake_up& done) {
    for (std::size_t i = 0; i < times; ++i)
        if (!co_await c.exec({"GET", "bulk"})) throw std::runtime_error{"lost"};
    if (--running == 0) done.wake();
}

base::awaitable<> many_callers(connection& c, std::size_t callers, std::size_t times) {
    wake_up done;
    auto running = callers;
    for (std::size_t i = 0; i < callers; ++i)
        asio::co_spawn(c.executor(), get_again_and_again(c, times, running, done), asio::detached);
    co_await done.wait();
}

/// `range` coroutines with one call each at a time: what they share is the write.
void concurrent_callers(benchmark::State& state) {
    client c;
    constexpr std::size_t times = 100;
    const auto callers = static_cast<std::size_t>(state.range(0));
    c.run([](connection& k) -> base::awaitable<> { (co_await k.exec({"SET", "bulk", "abc"})).value(); }(*c));
    tally t{state};
    for (auto _ : state) c.run(many_callers(*c, callers, times));
    t.finish(static_cast<double>(callers * times));
}
BENCHMARK(concurrent_callers)->Arg(1)->Arg(16)->Arg(256)->UseRealTime()->Unit(benchmark::kMicrosecond);

base::awaitable<> fetch_thousand(connection& c) {
    const auto all = (co_await c.exec({"LRANGE", "list", "0", "-1"})).value();
    std::size_t bytes = 0;
    for (const auto element : all) bytes += element.text().size();
    if (bytes != 300'000) throw std::runtime_error{"wrong size"};
}

base::awaitable<> fill_list(connection& c) {
    (co_await c.exec({"DEL", "list"})).value();
    const std::string body(300, 'j');
    command_buffer push;
    push.begin(1002).arg("RPUSH").arg("list");
    for (int i = 0; i < 1000; ++i) push.arg(body);
    (co_await c.exec(std::move(push))).value();
}

/// One reply of 1,000 bulks of 300 bytes: a claim.
void claim_sized_reply(benchmark::State& state) {
    client c;
    c.run(fill_list(*c));
    tally t{state};
    for (auto _ : state) c.run(fetch_thousand(*c));
    t.finish(1000);
}
BENCHMARK(claim_sized_reply)->UseRealTime()->Unit(benchmark::kMicrosecond);

base::awaitable<> hundred_scripts(connection& c, const script& s, const std::string& word) {
    command_buffer b{1 << 17};
    for (int call = 0; call < 100; ++call) {
        script_call one{s, 1, 10, 1024};
        one.key("k");
        for (int i = 0; i < 10; ++i) one.arg(word);
        b.append(one.command());
    }
    if ((co_await c.exec_all(std::move(b))).value().back().is_error()) throw std::runtime_error{"script"};
}

/// 100 pipelined calls of a script that does nothing, with ten words of 50 bytes each.
void pipelined_no_op_scripts(benchmark::State& state) {
    client c;
    const script nothing{"nothing", "return 1"};
    const std::string word(50, 'w');
    c.run([](connection& k, const script& s) -> base::awaitable<> { (co_await load(k, {&s})).value(); }(*c, nothing));
    tally t{state};
    for (auto _ : state) c.run(hundred_scripts(*c, nothing, word));
    t.finish(100);
}
BENCHMARK(pipelined_no_op_scripts)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// The floor: redis-benchmark's GET with the same pipeline depth on the same server.
void redis_benchmark(benchmark::State& state) {
    (void)server().cli({"SET", "bulk", "abc"});
    const auto command = "redis-benchmark -s " + server().socket() + " -c 1 -n 500000 -q --csv -P " +
                         std::to_string(state.range(0)) + " GET bulk 2>/dev/null";
    double rate = 0;
    for (auto _ : state) {
        const std::unique_ptr<FILE, int (*)(FILE*)> out{popen(command.c_str(), "r"), pclose};
        std::array<char, 512> line{};
        while (out && std::fgets(line.data(), line.size(), out.get()) != nullptr)
            (void)std::sscanf(line.data(), "\"GET bulk\",\"%lf\"", &rate);
    }
    state.counters["replies/s"] = rate;
}
BENCHMARK(redis_benchmark)->Arg(16)->Arg(100)->Arg(1000)->Iterations(1)->Unit(benchmark::kMillisecond);

std::string thousand_bulks(std::size_t size) {
    std::string bytes = "*1000\r\n";
    for (int i = 0; i < 1000; ++i) bytes += "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
    return bytes;
}

template <class Feed>
void in_pieces(std::string_view bytes, Feed feed) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), reply_reader::best_feed)))
        feed(bytes.substr(0, reply_reader::best_feed));
}

void parse_ours(benchmark::State& state) {
    const auto bytes = thousand_bulks(static_cast<std::size_t>(state.range(0)));
    reply_reader reader;
    for (auto _ : state) {
        std::optional<reply> r;
        in_pieces(bytes, [&](std::string_view some) {
            reader.feed(some);
            r = reader.next().value();
        });
        benchmark::DoNotOptimize((*r)[999].text());
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(parse_ours)->Arg(20)->Arg(300);

void parse_hiredis_objects(benchmark::State& state) {
    const auto bytes = thousand_bulks(static_cast<std::size_t>(state.range(0)));
    const std::unique_ptr<redisReader, void (*)(redisReader*)> reader{redisReaderCreate(), redisReaderFree};
    for (auto _ : state) {
        void* r = nullptr;
        in_pieces(bytes, [&](std::string_view some) {
            redisReaderFeed(reader.get(), some.data(), some.size());
            redisReaderGetReply(reader.get(), &r);
        });
        benchmark::DoNotOptimize(static_cast<redisReply*>(r)->element[999]->str);
        freeReplyObject(r);
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(parse_hiredis_objects)->Arg(20)->Arg(300);

void build_command(benchmark::State& state) {
    const std::string word(26, 'w');
    command_buffer b;
    for (auto _ : state) {
        b.clear();
        b.begin(1000);
        for (int i = 0; i < 500; ++i) b.arg(word).arg(1'795'212'000'000 + i);
        benchmark::DoNotOptimize(b.bytes().data());
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(build_command);

}  // namespace
}  // namespace dormouse::queue::redis

BENCHMARK_MAIN();
