// Redis away, silent, or closed to us.
#include "tests/integration/cli/program.hpp"
#include "tests/support/redis_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

const std::string some_id = "01KAGN4V0RT5M5W3Q2J8X6Z7YB";

TEST(CliTrouble, ARedisThatIsNotThereIsToldAtOnce) {
    const temp_dir dir;
    const auto config = write_config(dir, "unix://" + dir.file("redis.sock"));
    const auto begin = clock::now();
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"queues"}, {"enqueue", "grant"}, {"jobs", "list"}, {"jobs", "show", some_id}, {"pause", "webhook"}}) {
        auto all = words;
        all.insert(all.end(), {"--config", config});
        const auto r = run_program(all);
        EXPECT_EQ(r.code, 4);
        EXPECT_TRUE(r.out.empty()) << r.out;
        EXPECT_TRUE(r.err.starts_with("dormouse: Redis is not reachable at unix://" + dir.file("redis.sock") + ": "))
            << r.err;
        EXPECT_TRUE(r.err.ends_with("; is dormouse-redis running?\n")) << r.err;
    }
    EXPECT_LT(clock::now() - begin, 60s) << "five commands";
}

TEST(CliTrouble, AWrongPasswordIsToldAtOnceAndNeverShown) {
    redis_server server;
    (void)server.cli({"CONFIG", "SET", "requirepass", "the right one"});
    const temp_dir dir;
    const auto config = write_config(dir, server.url() + "\n  password: the-wrong-one");
    const auto r = run_program({"queues", "--config", config});
    EXPECT_EQ(r.code, 4);
    EXPECT_NE(r.err.find("WRONGPASS"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("check redis.username and redis.password"), std::string::npos) << r.err;
    EXPECT_EQ(r.err.find("the-wrong-one"), std::string::npos);
}

TEST(CliTrouble, ARedisThatTakesTheCallAndSaysNothingIsGivenUpInTime) {
    const temp_dir dir;
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    dir.file("redis.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener, 8), 0);

    const auto config = write_config(dir, "unix://" + dir.file("redis.sock") + "\n  connect_timeout: 100ms");
    const auto begin = clock::now();
    const auto r = run_program({"queues", "--config", config});
    EXPECT_EQ(r.code, 4) << r.err;
    EXPECT_LT(clock::now() - begin, 60s);
    close(listener);
}

TEST(CliTrouble, AFullDiskIsNoSuccess) {
    if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
    child_process full{{"/bin/sh", "-c", "exec \"$0\" config schema >/dev/full", DORMOUSE_PROGRAM}};
    EXPECT_EQ(full.wait(30s), 1);
}

}  // namespace
}  // namespace dormouse::test
