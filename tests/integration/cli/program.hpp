#pragma once
// The built program, run as an operator runs it.

#include "tests/support/process.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::test {

struct ended {
    int code = -1;
    std::string out;
    std::string err;

    /// Standard output as one JSON text; a failure of the test if it is none.
    [[nodiscard]] boost::json::value json() const {
        boost::system::error_code wrong;
        auto v = boost::json::parse(out, wrong);
        EXPECT_FALSE(wrong) << out;
        return v;
    }
};

/// One run of the program; standard output and error apart.
class program_run {
public:
    explicit program_run(std::vector<std::string> words, const std::string& input = {},
                         std::vector<std::string> environment = {}) {
        write_file(dir_.path() / "in", input);
        write_file(dir_.path() / "out", {});
        std::vector<std::string> argv{"/bin/sh",
                                      "-c",
                                      R"(in=$1 out=$2 err=$3; shift 3; exec "$@" <"$in" >"$out" 2>"$err")",
                                      "sh",
                                      dir_.file("in"),
                                      dir_.file("out"),
                                      dir_.file("err"),
                                      DORMOUSE_PROGRAM};
        argv.insert(argv.end(), words.begin(), words.end());
        process_ = std::make_unique<child_process>(argv, child_process::options{std::move(environment), {}, {}});
    }

    [[nodiscard]] child_process& process() { return *process_; }
    [[nodiscard]] std::string out() const { return read_file(dir_.path() / "out"); }

    ended wait() {
        const auto code = process_->wait(std::chrono::seconds{30});
        EXPECT_TRUE(code) << "the program does not end";
        return {code.value_or(-1), out(), read_file(dir_.path() / "err")};
    }

private:
    temp_dir dir_;
    std::unique_ptr<child_process> process_;
};

inline ended run_program(std::vector<std::string> words, const std::string& input = {},
                         std::vector<std::string> environment = {}) {
    return program_run{std::move(words), input, std::move(environment)}.wait();
}

/// Writes a configuration that only its owner may read, and gives its path.
inline std::string write_config(const temp_dir& dir, const std::string& redis_url, const std::string& more = {}) {
    const auto file = dir.path() / "dormouse.yaml";
    write_file(file, "redis:\n  url: " + redis_url +
                         "\nqueue:\n  signing_keys:\n    - id: site-1\n      key: 0123456789abcdef-one\n" + more);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return file.string();
}

}  // namespace dormouse::test
