#include "tests/support/redis_server.hpp"

#include <csignal>
#include <stdexcept>

namespace dormouse::test {

redis_server::redis_server() : redis_server{options{}} {}

redis_server::redis_server(options o) : options_{std::move(o)}, port_{options_.tcp ? free_port() : std::uint16_t{0}} {
    start();
}

void redis_server::start() {
    std::vector<std::string> argv{"redis-server",
                                  "--port",
                                  std::to_string(port_),
                                  "--bind",
                                  "127.0.0.1",
                                  "--unixsocket",
                                  socket(),
                                  "--dir",
                                  dir_.path().string(),
                                  "--save",
                                  "",
                                  "--appendonly",
                                  options_.aof ? "yes" : "no",
                                  "--appendfsync",
                                  "everysec",
                                  "--maxmemory-policy",
                                  "noeviction"};
    argv.insert(argv.end(), options_.extra.begin(), options_.extra.end());
    process_ = std::make_unique<child_process>(argv, child_process::options{{}, dir_.file("redis.log"), {}});
    const bool up = eventually(std::chrono::seconds{20}, [this] {
        if (!process_->running()) return true;
        const auto answer = cli({"PING"});
        return answer == "PONG" || answer.starts_with("NOAUTH");
    });
    if (!up || !process_->running())
        throw std::runtime_error{"redis-server did not start:\n" + read_file(dir_.file("redis.log"))};
}

void redis_server::kill() {
    process_->signal(SIGKILL);
    (void)process_->wait(std::chrono::seconds{10});
}

std::string redis_server::cli(const std::vector<std::string>& words) const {
    std::vector<std::string> argv{"redis-cli", "-s", socket()};
    argv.insert(argv.end(), words.begin(), words.end());
    temp_dir out;
    child_process run{argv, {{}, out.file("out"), {}}};
    if (!run.wait(std::chrono::seconds{30})) throw std::runtime_error{"redis-cli hangs"};
    auto text = read_file(out.file("out"));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace dormouse::test
