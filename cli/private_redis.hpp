#pragma once
// A redis-server of our own for benchmarks: on a UNIX socket in a temporary folder, gone with the object.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace dormouse::cli {

class private_redis {
public:
    /// Starts `redis-server` from PATH and waits until it listens. `aof`: appendonly yes, everysec. Throws
    /// `base::failure` if it cannot be started.
    explicit private_redis(bool aof);
    ~private_redis();
    private_redis(const private_redis&) = delete;
    private_redis& operator=(const private_redis&) = delete;

    [[nodiscard]] std::string url() const { return "unix://" + socket_; }

private:
    std::filesystem::path folder_;
    std::string socket_;
    pid_t pid_ = -1;
};

}  // namespace dormouse::cli
