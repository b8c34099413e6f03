#pragma once
// A private redis-server on a UNIX socket (and, if asked, a loopback port) in a temporary folder.

#include "tests/support/process.hpp"

#include <memory>

namespace dormouse::test {

class redis_server {
public:
    struct options {
        bool tcp = false;                  ///< Also listen on 127.0.0.1.
        bool aof = false;                  ///< appendonly yes, appendfsync everysec.
        std::vector<std::string> extra{};  ///< More "--name value" words.
    };
    redis_server();  ///< Defaults; waits until it answers PING.
    explicit redis_server(options o);

    [[nodiscard]] std::string url() const { return "unix://" + socket(); }
    [[nodiscard]] std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string socket() const { return dir_.file("redis.sock"); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] const temp_dir& dir() const noexcept { return dir_; }
    [[nodiscard]] child_process& process() { return *process_; }

    void kill();   ///< SIGKILL: nothing is saved that was not saved.
    void start();  ///< Again, on the same files.

    /// Runs one command through redis-cli and returns what it prints, without the last newline.
    [[nodiscard]] std::string cli(const std::vector<std::string>& words) const;

private:
    options options_;
    temp_dir dir_;
    std::uint16_t port_ = 0;
    std::unique_ptr<child_process> process_;
};

}  // namespace dormouse::test
