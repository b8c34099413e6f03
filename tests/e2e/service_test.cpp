// The process as systemd and an operator know it: signals, exit codes, notifications, probes.

#include "tests/e2e/stack.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <system_error>

namespace dormouse::e2e {
namespace {

using testing::HasSubstr;

/// systemd's end of NOTIFY_SOCKET.
class notify_socket {
public:
    explicit notify_socket(std::string path)
        : path_{std::move(path)}, fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (fd_ < 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::system_error{errno, std::generic_category(), "notify socket"};
    }
    ~notify_socket() { close(fd_); }
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Waits for a message with this text, past others.
    [[nodiscard]] bool hears(const std::string& text) const {
        const auto end = std::chrono::steady_clock::now() + soon;
        while (std::chrono::steady_clock::now() < end) {
            pollfd readable{fd_, POLLIN, 0};
            if (poll(&readable, 1, 1000) != 1) continue;
            std::array<char, 4096> bytes{};
            const auto size = recv(fd_, bytes.data(), bytes.size(), 0);
            if (size > 0 && std::string(bytes.data(), static_cast<std::size_t>(size)).find(text) != std::string::npos)
                return true;
        }
        return false;
    }

private:
    std::string path_;
    int fd_;
};

TEST(Service, TellsSystemdReadyWatchdogAndStopping) {
    stack s;
    const notify_socket systemd{s.dir().file("notify")};
    const auto worker = s.start_worker({.environment = {"NOTIFY_SOCKET=" + systemd.path(), "WATCHDOG_USEC=2000000"}});
    EXPECT_TRUE(systemd.hears("READY=1"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    worker->process().signal(SIGTERM);
    EXPECT_TRUE(systemd.hears("STOPPING=1"));
    EXPECT_EQ(worker->process().wait(soon), 0);
}

TEST(Service, TermLetsARunningDeliveryEnd) {
    stack s;
    const auto hook = s.add_hook("/slow/1.5/drain");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.receivers().wait_for(1, "/slow", soon));
    worker->process().signal(SIGTERM);
    EXPECT_EQ(worker->process().wait(soon), 0);
    EXPECT_EQ(s.state_of(job), "done");
    EXPECT_EQ(s.database().sql("SELECT state, attempt FROM wp_dormouse_delivery"), "done\t1");
    EXPECT_EQ(s.receivers().requests("/slow").size(), 1U);
}

TEST(Service, DrainThatIsOverGivesTheJobBackWithoutAnAttempt) {
    stack s;
    const auto hook = s.add_hook("/hang/impatient");
    const auto worker =
        s.start_worker({.settings = "drain: 1s", .sections = "kinds: {webhook-delivery: {timeout: 1s}}\n"});
    // This one may take longer than the drain waits.
    const auto job = s.enqueue_slow(hook, 60s);
    ASSERT_TRUE(s.receivers().wait_for(1, "/hang", soon));
    worker->process().signal(SIGTERM);
    EXPECT_EQ(worker->process().wait(soon), 0);
    const auto left = s.dormouse_json({"jobs", "show", job});
    EXPECT_NE(left.at("state").as_string(), "running");
    EXPECT_EQ(left.at("history").at("failed_attempts").to_number<int>(), 0);
    EXPECT_EQ(left.at("history").at("crashes").to_number<int>(), 0);
}

TEST(Service, SecondTermEndsAtOnce) {
    stack s;
    const auto hook = s.add_hook("/hang/drain");
    const auto worker = s.start_worker();
    const auto job = s.enqueue(hook).at(0);
    ASSERT_TRUE(s.receivers().wait_for(1, "/hang", soon));
    worker->process().signal(SIGTERM);
    ASSERT_TRUE(test::eventually(soon, [&] { return worker->answers("/readyz", 503); }));
    worker->process().signal(SIGTERM);
    // At once, unlike the drain of 25 s that the first one began.
    EXPECT_EQ(worker->process().wait(5s), 128 + SIGTERM);
    EXPECT_EQ(s.state_of(job), "running");
}

TEST(Service, WrongConfigurationIsExitCode2AndNamesTheLine) {
    stack s;
    const auto file = s.write_config("wrong", "slots: 1", "scheduling: {}\n");
    const auto run = run_to_end({program(), "worker", "--config", file});
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.text, HasSubstr(file + ":"));
    EXPECT_THAT(run.text, HasSubstr("scheduling"));
}

TEST(Service, MissingConfigurationIsExitCode2) {
    const test::temp_dir nothing;
    const auto run = run_to_end({program(), "worker", "--config", nothing.file("no.yaml")});
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.text, HasSubstr("no.yaml"));
}

TEST(Service, ReadinessFollowsRedis) {
    stack s;
    const auto hook = s.add_hook("/ok/again");
    const auto worker = s.start_worker();
    s.redis().kill();
    ASSERT_TRUE(test::eventually(soon, [&] { return worker->answers("/readyz", 503); })) << worker->log();
    EXPECT_TRUE(worker->answers("/healthz", 200));
    EXPECT_THAT(worker->page("/metrics").text, HasSubstr("dormouse_redis_up 0"));
    s.redis().start();
    ASSERT_TRUE(worker->wait_ready()) << worker->log();
    const auto job = s.enqueue(hook).at(0);
    EXPECT_TRUE(s.wait_for_state(job, "done")) << worker->log();
}

TEST(Service, StartsBeforeRedisAndBecomesReadyWithIt) {
    stack s;
    s.redis().kill();
    worker_process worker{s, {.name = "early"}};
    ASSERT_TRUE(test::eventually(soon, [&] { return worker.answers("/readyz", 503); })) << worker.log();
    s.redis().start();
    EXPECT_TRUE(worker.wait_ready()) << worker.log();
}

}  // namespace
}  // namespace dormouse::e2e
