#pragma once
// Everything a worker needs, for real: Redis with AOF, MariaDB with the shipped grants and a hook table, receivers, and
// the built program beside them. One stack per test, in temporary folders.

#include "queue/job.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/process.hpp"
#include "tests/support/receiver_zoo.hpp"
#include "tests/support/redis_server.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::e2e {

using namespace std::chrono_literals;

/// Longest wait for anything that should happen at once; generous because tests share few cores.
inline constexpr auto soon = std::chrono::seconds{30};

/// Exit status and everything printed.
struct printed {
    int status = -1;
    std::string text;
};

/// Secrets of the stack, planted where real ones are. None may ever be seen elsewhere.
namespace planted {
inline constexpr const char* redis_password = "planted-Redis-pw-7d1c";
inline constexpr const char* database_password = "planted-Database-pw-93fe";
inline constexpr const char* signing_key = "planted-signing-key-5b20";
inline constexpr const char* grant_key = "planted-grant-key-c21a";
inline constexpr const char* companion_key = "planted-companion-key-08be";
inline constexpr const char* licence_secret = "planted-licence-secret-4d77";
inline constexpr const char* previous_licence_secret = "planted-previous-licence-e9f0";
inline constexpr const char* wallet_key = "planted-wallet-key-6b3c";
inline constexpr const char* mail_password = "planted-Mail+pw/2e8b";
inline constexpr const char* hook_secret = "whsec_cGxhbnRlZC1ob29rLXNlY3JldC1hMTc0";
}  // namespace planted

enum class hook_shape { seed, module };

class stack;

/// What one worker has of its own.
struct worker_words {
    std::string name = "one";
    /// More of the section `worker:`. Short leases, so that tests need not wait for the usual 10 s.
    std::string settings = "lease: 3s, heartbeat: 500ms";
    std::string sections{};  ///< More sections of the configuration.
    std::vector<std::string> environment{};
    std::string command = "worker";  ///< Or `run`, or `scheduler`.
};

/// One `dormouse worker` process, or what its words name.
class worker_process {
public:
    worker_process(const stack& s, worker_words words);
    /// Fails the test if a sanitizer has complained in the log.
    ~worker_process();
    worker_process(const worker_process&) = delete;
    worker_process& operator=(const worker_process&) = delete;

    [[nodiscard]] test::child_process& process() { return *process_; }
    [[nodiscard]] std::string log() const { return test::read_file(log_file_); }
    /// Status and body of a page of its admin server; status 0 if nobody answers.
    [[nodiscard]] printed page(const std::string& path) const;
    [[nodiscard]] bool answers(const std::string& path, int status) const { return page(path).status == status; }
    [[nodiscard]] bool wait_ready() const;

private:
    std::string log_file_;
    std::string admin_socket_;
    std::unique_ptr<test::child_process> process_;
};

class stack {
public:
    explicit stack(hook_shape shape = hook_shape::seed);

    [[nodiscard]] test::redis_server& redis() { return redis_; }
    [[nodiscard]] test::mariadb_server& database() { return database_; }
    [[nodiscard]] test::receiver_zoo& receivers() { return receivers_; }
    [[nodiscard]] const test::receiver_zoo& receivers() const { return receivers_; }
    [[nodiscard]] const test::temp_dir& dir() const noexcept { return dir_; }

    /// A row of the hook table that points at a receiver, signed with the planted secret where the shape has one.
    int add_hook(const std::string& path);

    /// A port on this machine that workers started from now on may call.
    void allow_port(std::uint16_t port) { more_ports_.push_back(port); }

    /// Starts a worker and waits until it is ready.
    [[nodiscard]] std::unique_ptr<worker_process> start_worker(worker_words words = {}) const;

    /// Puts signed deliveries into the intake as PHP does: one LPUSH of up to 500. Payloads are {"n":first}, … Returns
    /// the ids.
    std::vector<std::string> enqueue(int hook, int count = 1, int first = 0);
    /// The same for jobs of any kind; id, site and time of issue are filled in.
    std::vector<std::string> enqueue(std::vector<queue::job> jobs);
    /// The public intake, and the envelope of one delivery.
    static constexpr const char* intake = "dormouse:{e2e}:in";
    [[nodiscard]] static std::string signed_delivery(int hook, int number);
    /// One delivery whose attempts may take so long. Returns its id.
    std::string enqueue_slow(int hook, std::chrono::seconds timeout);
    /// One delivery, signed with another key.
    void enqueue_signed_by(const std::string& key_id, const std::string& key, int hook);

    /// Any other command of the program, with the stack's configuration.
    [[nodiscard]] printed dormouse(std::vector<std::string> words) const;
    [[nodiscard]] boost::json::value dormouse_json(std::vector<std::string> words) const;
    /// A number of `dormouse queues --json`: intake, running, done, dead, or the sums of "ready" and "scheduled".
    [[nodiscard]] std::int64_t depth(const std::string& what) const;
    /// Nothing waits or runs.
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] std::string state_of(const std::string& job) const;
    [[nodiscard]] bool wait_for_state(const std::string& job, const std::string& state,
                                      std::chrono::milliseconds limit = soon) const;
    [[nodiscard]] bool wait_for_done(std::int64_t count, std::chrono::milliseconds limit = soon) const;

    /// Writes `NAME.yaml` and gives its path; `more` is further YAML.
    [[nodiscard]] std::string write_config(const std::string& name, const std::string& worker_settings = "slots: 256",
                                           const std::string& more = {}) const;
    [[nodiscard]] std::string redis_cli(std::vector<std::string> words) const;

private:
    void grant(hook_shape shape) const;

    test::temp_dir dir_;
    hook_shape shape_;
    test::redis_server redis_;
    test::mariadb_server database_;
    test::receiver_zoo receivers_;
    std::vector<std::uint16_t> more_ports_{};
    std::string config_;
};

/// The program under test: that of this build, or $DORMOUSE_PROGRAM.
[[nodiscard]] std::string program();

/// Runs a program to its end; standard output and error together.
[[nodiscard]] printed run_to_end(const std::vector<std::string>& argv, std::chrono::milliseconds limit = soon);

}  // namespace dormouse::e2e
