#pragma once
// What `cmake --install` puts on a machine, below a temporary root.

#include "tests/support/process.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dormouse::test {

/// Runs a program to its end; what it printed, and its exit status.
struct ended {
    int status = -1;
    std::string output;
};

inline ended run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {}) {
    const temp_dir dir;
    child_process program{argv, {.environment = environment, .output = dir.file("out"), .directory = {}}};
    const auto status = program.wait(std::chrono::seconds{60});
    return {status.value_or(-1), read_file(dir.file("out"))};
}

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

class installed_files {
public:
    installed_files() {
        const auto done = run_program(
            {"cmake", "--install", DORMOUSE_BINARY_DIR, "--component", "systemd", "--prefix", root_.file("usr")});
        EXPECT_EQ(done.status, 0) << done.output;
    }
    [[nodiscard]] std::string root() const { return root_.path().string(); }
    [[nodiscard]] std::string file(const std::string& path) const { return root_.file(path); }
    [[nodiscard]] std::string unit(const std::string& name) const { return file("usr/lib/systemd/system/" + name); }
    [[nodiscard]] std::string example(const std::string& name) const {
        return file("usr/share/doc/dormouse/examples/" + name);
    }

private:
    temp_dir root_;
};

}  // namespace dormouse::test
