#include "cli/private_redis.hpp"

#include "base/error.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

extern char** environ;

namespace dormouse::cli {

namespace {

bool listens(const std::string& socket_file) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_file.c_str(), sizeof address.sun_path - 1);
    const bool yes = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return yes;
}

[[noreturn]] void cannot(const std::string& what) { throw base::failure{base::error{base::errc::unavailable, what}}; }

}  // namespace

private_redis::private_redis(bool aof) {
    auto pattern = (std::filesystem::temp_directory_path() / "dormouse-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) cannot("cannot make a temporary folder");
    folder_ = pattern;
    socket_ = (folder_ / "redis.sock").string();
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   "0",
                                   "--unixsocket",
                                   socket_,
                                   "--dir",
                                   pattern,
                                   "--save",
                                   "",
                                   "--appendonly",
                                   aof ? "yes" : "no",
                                   "--appendfsync",
                                   "everysec",
                                   "--maxmemory-policy",
                                   "noeviction",
                                   "--logfile",
                                   (folder_ / "redis.log").string()};
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    if (posix_spawnp(&pid_, argv[0], nullptr, nullptr, argv.data(), environ) != 0)
        cannot("redis-server is not installed; give one with --redis URL");
    for (int tries = 0; !listens(socket_); ++tries) {
        int status = 0;
        if (tries > 1000 || waitpid(pid_, &status, WNOHANG) == pid_) cannot("redis-server did not start");
        poll(nullptr, 0, 10);
    }
}

private_redis::~private_redis() {
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace dormouse::cli
