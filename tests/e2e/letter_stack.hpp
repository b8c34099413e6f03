#pragma once
// Everything a letter needs, for real: Redis, MariaDB with a school behind a trap, a mail server, and the built program
// beside them.

#include "tests/e2e/stack.hpp"
#include "tests/support/school.hpp"
#include "tests/support/smtp_server.hpp"
#include "tests/support/sql_trap.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dormouse::e2e {

class letter_stack {
public:
    letter_stack();

    [[nodiscard]] const test::mariadb_server& database() const noexcept { return database_; }
    [[nodiscard]] test::sql_trap& trap() noexcept { return trap_; }
    [[nodiscard]] test::smtp_server& relay() noexcept { return relay_; }
    [[nodiscard]] const test::school& school() const noexcept { return school_; }

    /// A worker that sends so many letters at once; its log is `worker.log`, of all workers together.
    [[nodiscard]] std::unique_ptr<test::child_process> start_worker(int slots) const { return start("mail", slots); }
    /// A worker of another queue: it lives on, and gives back what dead ones held.
    [[nodiscard]] std::unique_ptr<test::child_process> start_bystander() const { return start("other", 1); }

    /// Jobs of the ledger's rows, as the planner enqueues them.
    void enqueue(std::int64_t first, std::int64_t count);
    [[nodiscard]] std::string job_of(std::int64_t row) const { return jobs_.at(row); }

    /// How many rows are in each state.
    [[nodiscard]] std::map<std::string, int> states() const;
    /// Rows in a state.
    [[nodiscard]] std::vector<std::int64_t> rows_in(const std::string& state) const;
    /// How often the mail server took the letter of each row.
    [[nodiscard]] std::map<std::int64_t, int> taken() const;

    /// Any other command of the program, with this stack's configuration.
    [[nodiscard]] printed dormouse(std::vector<std::string> words) const;
    /// State and reason of a job, as `dormouse jobs show` has them: `dead in_doubt`.
    [[nodiscard]] std::string state_of_job(std::int64_t row) const;

private:
    [[nodiscard]] std::string write_config(const std::string& queue, int slots) const;
    [[nodiscard]] std::unique_ptr<test::child_process> start(const std::string& queue, int slots) const;

    test::temp_dir dir_;
    test::redis_server redis_;
    test::mariadb_server database_;
    test::school school_{database_};
    test::sql_trap trap_{database_.socket()};
    test::smtp_server relay_;
    std::map<std::int64_t, std::string> jobs_;
};

}  // namespace dormouse::e2e
