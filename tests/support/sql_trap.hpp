#pragma once
// A door to a database's socket that springs a trap at a chosen statement: before it reaches the server, or after the
// server has carried it out and before its answer comes back. For killing a program between two steps.

#include "tests/support/process.hpp"

#include <functional>
#include <memory>
#include <string>

namespace dormouse::test {

class sql_trap {
public:
    /// Listens on a socket of its own and passes everything on to `to`.
    explicit sql_trap(std::string to);
    ~sql_trap();
    sql_trap(const sql_trap&) = delete;
    sql_trap& operator=(const sql_trap&) = delete;

    [[nodiscard]] const std::string& socket() const noexcept { return socket_; }

    enum class moment { request, answer };

    /// At the statement with `words` in its text, prepared or not, after `passed` others of its like: `spring` is
    /// called once, on the trap's thread, and what was on its way is lost with its connection.
    void arm(std::string words, moment at, int passed, std::function<void()> spring);
    /// Nothing is caught any more.
    void disarm();

private:
    struct door;
    temp_dir dir_;
    std::string socket_;
    std::unique_ptr<door> door_;
};

}  // namespace dormouse::test
