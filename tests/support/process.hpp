#pragma once
// Child processes and temporary folders that end with the test.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::test {

/// A fresh folder below the system's temporary folder; removed with everything in it.
class temp_dir {
public:
    temp_dir();
    ~temp_dir();
    temp_dir(const temp_dir&) = delete;
    temp_dir& operator=(const temp_dir&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// A program started by the test, killed (SIGKILL) when the object goes, and by the kernel if the test itself dies.
class child_process {
public:
    struct options {
        std::vector<std::string> environment;  ///< Added to ours, NAME=value.
        std::string output;                    ///< File for stdout and stderr; empty = /dev/null.
        std::string directory;                 ///< Working folder; empty = ours.
    };
    explicit child_process(std::vector<std::string> argv, options o = {});
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;
    /// Exit status (128 + signal number when killed), or nothing if it still runs after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);
    [[nodiscard]] bool running();

private:
    pid_t pid_ = -1;
    std::optional<int> status_;
};

/// Asks again and again (every few ms) until `condition` holds; false when `limit` passes first. For events of other
/// processes, which give nothing to await.
[[nodiscard]] bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& condition);

/// A TCP port on 127.0.0.1 that was free a moment ago.
[[nodiscard]] std::uint16_t free_port();

[[nodiscard]] std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace dormouse::test
