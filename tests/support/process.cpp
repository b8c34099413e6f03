#include "tests/support/process.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace dormouse::test {

namespace {
[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error{errno, std::generic_category(), what};
}

[[noreturn]] void become(const std::vector<std::string>& argv, const child_process::options& o) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out =
        open(o.output.empty() ? "/dev/null" : o.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (!o.directory.empty() && chdir(o.directory.c_str()) != 0) _exit(126);
    for (const auto& e : o.environment) putenv(const_cast<char*>(e.c_str()));
    std::vector<char*> args;
    for (const auto& a : argv) args.push_back(const_cast<char*>(a.c_str()));
    args.push_back(nullptr);
    execvp(args[0], args.data());
    _exit(127);
}
}  // namespace

temp_dir::temp_dir() {
    auto pattern = (std::filesystem::temp_directory_path() / "dormouse-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp " + pattern);
    path_ = pattern;
}

temp_dir::~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

child_process::child_process(std::vector<std::string> argv, options o) {
    pid_ = fork();
    if (pid_ < 0) throw_errno("fork");
    if (pid_ == 0) become(argv, o);
}

child_process::~child_process() {
    if (!running()) return;
    signal(SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
}

void child_process::signal(int number) const { kill(pid_, number); }

bool child_process::running() {
    if (status_) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
}

std::optional<int> child_process::wait(std::chrono::milliseconds limit) {
    if (!eventually(limit, [this] { return !running(); })) return std::nullopt;
    return status_;
}

bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        poll(nullptr, 0, 3);
    }
    return true;
}

std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_errno("free_port");
    close(fd);
    return ntohs(address.sin_port);
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) throw std::runtime_error{"cannot read " + file.string()};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void write_file(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out{file, std::ios::binary};
    out << text;
    if (!out.flush()) throw std::runtime_error{"cannot write " + file.string()};
}

}  // namespace dormouse::test
