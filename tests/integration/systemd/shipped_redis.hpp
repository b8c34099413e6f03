#pragma once
// The shipped Redis configuration and its users, on a real redis-server.

#include "base/ascii.hpp"
#include "tests/integration/systemd/installed_files.hpp"

#include <csignal>
#include <filesystem>
#include <optional>

namespace dormouse::test {

/// redis-server with the shipped files; only paths, site and password hashes are filled in, as the guide does.
class ShippedRedis : public ::testing::Test {
protected:
    ShippedRedis() {
        auto users = replaced(read_file(files_.example("dormouse-redis.acl")), "@SITE@", "main");
        for (const auto* user : {"PRODUCER", "WORKER", "OPERATOR"})
            users = replaced(users, "@" + std::string{user} + "_SHA256@", sha256("password-of-" + std::string{user}));
        write_file(dir_.file("redis.acl"), users);
        std::filesystem::create_directory(dir_.file("state"));
        auto text = replaced(read_file(files_.example("dormouse-redis.conf")), "/run/dormouse/redis.sock", socket());
        text = replaced(text, "/etc/dormouse/redis.acl", dir_.file("redis.acl"));
        text = replaced(text, "/var/lib/dormouse-redis", dir_.file("state"));
        write_file(dir_.file("redis.conf"), text);
        start();
    }

    void start() {
        redis_.emplace(std::vector<std::string>{"redis-server", dir_.file("redis.conf")},
                       child_process::options{{}, dir_.file("log"), {}});
        EXPECT_TRUE(eventually(std::chrono::seconds{20}, [&] { return as("OPERATOR", {"PING"}) == "PONG"; }))
            << read_file(dir_.file("log"));
    }
    void kill() {
        redis_->signal(SIGKILL);
        EXPECT_TRUE(redis_->wait(std::chrono::seconds{10}));
    }

    [[nodiscard]] std::string socket() const { return dir_.file("redis.sock"); }

    static std::string sha256(const std::string& text) {
        const temp_dir dir;
        write_file(dir.file("text"), text);
        return run_program({"sha256sum", dir.file("text")}).output.substr(0, 64);
    }

    /// One command as that user; what redis-cli prints, without the last newline.
    [[nodiscard]] std::string as(const std::string& user, const std::vector<std::string>& command) const {
        std::vector<std::string> argv{"redis-cli",        "-s", socket(), "--user", base::ascii_lower(user),
                                      "--no-auth-warning"};
        argv.insert(argv.end(), command.begin(), command.end());
        auto out = run_program(argv, {"REDISCLI_AUTH=password-of-" + user}).output;
        while (out.ends_with('\n')) out.pop_back();
        return out;
    }

    installed_files files_;
    temp_dir dir_;
    std::optional<child_process> redis_;
};

}  // namespace dormouse::test
