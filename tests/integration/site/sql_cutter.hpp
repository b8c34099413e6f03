#pragma once
// A door to a database's socket that breaks the connection at a chosen request: before it reaches the server, or after
// the server has carried it out and before its answer comes back.

#include "tests/support/process.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace dormouse::test {

enum class cut { request, answer };

class sql_cutter {
public:
    /// Listens on a socket of its own and passes everything on to `to`.
    explicit sql_cutter(std::string to);
    ~sql_cutter();
    sql_cutter(const sql_cutter&) = delete;
    sql_cutter& operator=(const sql_cutter&) = delete;

    [[nodiscard]] const std::string& socket() const noexcept { return socket_; }

    /// The request after `passed` more is cut, once. Requests are counted over all connections.
    void arm(int passed, cut where);
    /// The cut has happened; or there was none any more to happen, and it is called off.
    bool disarm();

private:
    struct door;
    temp_dir dir_;
    std::string socket_;
    std::unique_ptr<door> door_;
};

}  // namespace dormouse::test
